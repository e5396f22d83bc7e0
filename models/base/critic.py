"""The base class of all discriminators: what they read, and what their outputs mean."""

from typing import Any

import tensorflow as tf

from models.base import objectives
from models.base.generative import Batch


class Critic:
    """A discriminator that reads images and puts out a number for each, [B, 1]."""

    condition = 0  # channels that its network gets with an image
    outputs = 1  # numbers that its network puts out for an image
    autoencodes = False  # whether its network reconstructs images

    def read(self, images: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Returns what the network gets for images: themselves."""
        return images

    def interpret(self, images: tf.Tensor, outputs: Any) -> Any:
        """Returns what the network's outputs for images say: themselves."""
        return outputs

    def mean(self, d: Any) -> tf.Tensor:
        """Returns E[D(x)] of what D says of a batch, []."""
        return objectives.batch_mean(d)

    def score(self, d: Any) -> tf.Tensor:
        """Returns a number for each image, [B]."""
        return d[:, 0]

    def reconstruction(self, outputs: Any) -> tf.Tensor:
        """Returns the reconstructed images among the network's outputs."""
        raise NotImplementedError
