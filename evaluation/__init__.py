"""Pictures, GIFs, latent walks and curves of a run; names no GAN."""
