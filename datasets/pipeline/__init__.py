"""What train.py reads: shards as batches."""
