"""What convert.py does: raw files become shards and info.json."""
