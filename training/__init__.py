"""The loop, runs, checkpoints, logs and studies; recipes.py alone names GANs."""
