"""Conversion of raw files to shards and info.json."""
