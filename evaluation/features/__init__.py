"""What metrics compare instead of pixels: features of images, by extractor."""
