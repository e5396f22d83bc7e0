"""Tests whether a run copies training images: nearest neighbours."""
