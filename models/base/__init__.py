"""What the papers share: one training step, latents, losses, optimizers."""
