"""Numbers for samples: arrays in, floats out; knows no run and no dataset."""
