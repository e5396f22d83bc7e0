"""Discriminators that are autoencoders: the error of a reconstruction is an energy."""

from typing import NamedTuple

import tensorflow as tf

from models.base import objectives
from models.base.critic import Critic


class Encoded(NamedTuple):
    """What an autoencoder says of images."""

    energy: tf.Tensor  # [B]
    code: tf.Tensor  # [B, n]


class AutoencodingCritic(Critic):
    """A discriminator whose network gives reconstructions [B, H, W, C] and codes.

    `energy` names a measure of the error, see objectives.ENERGIES.
    """

    autoencodes = True

    def __init__(self, energy: str):
        self.energy = objectives.ENERGIES[energy]

    def interpret(self, images, outputs) -> Encoded:
        reconstructions, codes = outputs
        return Encoded(self.energy.per_image(images - reconstructions), codes)

    def mean(self, d: Encoded) -> tf.Tensor:
        return self.energy.mean(d.energy)

    def score(self, d: Encoded) -> tf.Tensor:
        return d.energy

    def reconstruction(self, outputs) -> tf.Tensor:
        return outputs[0]
