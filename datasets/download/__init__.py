"""Download of raw files to data/NAME/raw."""
