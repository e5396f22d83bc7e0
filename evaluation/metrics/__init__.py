"""Metrics of samples: arrays in, floats out, whatever run or dataset they are of."""
