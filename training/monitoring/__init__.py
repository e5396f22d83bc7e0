"""What watches a run: logs, pictures, collapse, metrics."""
