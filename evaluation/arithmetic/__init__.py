"""Sums of latents, written in the words of a dataset."""
