"""Pictures, GIFs, latent walks, curves and modes of a run; names no GAN."""
