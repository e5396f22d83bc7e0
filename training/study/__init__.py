"""Several models under several seeds, compared by one protocol."""
