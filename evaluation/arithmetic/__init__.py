"""Sums of latents, written as expressions over a dataset's classes and attributes."""
