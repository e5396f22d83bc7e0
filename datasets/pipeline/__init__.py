"""Batches for training from shards."""
