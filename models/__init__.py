"""The papers: one file per GAN."""
