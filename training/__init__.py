"""The loop, runs, checkpoints and logs; names no GAN."""
