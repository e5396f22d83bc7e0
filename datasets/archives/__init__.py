"""Archives of raw files: verified, bounded, and read without unpacking them first."""
