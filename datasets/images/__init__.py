"""Image files of any kind that Pillow opens, decoded, cropped and resized."""
