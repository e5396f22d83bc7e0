"""Metrics of samples: arrays in, floats out; no run and no dataset is known here."""
