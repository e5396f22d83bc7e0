"""What download.py does: brings raw files to data/NAME/raw."""
