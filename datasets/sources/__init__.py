"""Raw files of every format, as sorted sequences of items."""
