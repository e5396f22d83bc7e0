"""Whether a run copies training images: nearest neighbours."""
