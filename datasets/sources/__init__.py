"""Raw files of every format, as a sorted sequence of images."""
