"""CGAN, "Conditional Generative Adversarial Nets": Mirza and Osindero, 2014.

arXiv:1411.1784. The label y is an input of both nets: one-hot behind the generator's
noise, and as constant channels beside the image that the discriminator judges. The
paper's nets (`net=mirza`) are perceptrons; any other net takes the label as well.

Departs from the paper: Adam at 2e-4 (the paper has SGD whose rate falls from 0.1 and
whose momentum rises from 0.5 to 0.7), Glorot initialisation, leaky ReLUs in the other
nets, one z for both updates (`fresh_z=true`).
"""

import dataclasses
from typing import ClassVar, Literal

import tensorflow as tf

from models import networks
from models.base import codes, config, objectives, tricks
from models.base.adversarial import AdversarialModel
from models.base.latent import Pixels


class CGAN(AdversarialModel):
    """Both players are told what the image should show."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of the paper, section 4.1, where it names them."""

        net: Literal[*networks.CONDITIONAL] = "mirza"
        z: tricks.Prior = "unit"  # uniform within the unit hypercube
        z_dim: int = 100
        pixels: Pixels = "unit"  # the generator ends in a sigmoid
        dropout: float = config.below_one(0.5)  # in `mirza`, both nets
        beta_1: float = 0.5

    NETS: ClassVar = networks.CONDITIONAL
    reads: ClassVar = ("image", "label")

    @property
    def codes(self):
        return codes.label(self.config.z_dim, self.num_classes)

    def create_networks(self, nets):
        condition = self.num_classes
        return networks.create(
            nets, self.image_shape, self.config, self.inputs, condition
        )

    def conditioned(self, images, batch):
        """The images with one more channel for each class, 1 in that of the label."""
        y = tf.one_hot(batch["label"], self.num_classes, dtype=images.dtype)
        height, width, _ = self.image_shape
        planes = tf.tile(y[:, tf.newaxis, tf.newaxis], [1, height, width, 1])
        return tf.concat([images, planes], axis=3)

    def real_loss(self, verdicts):
        """E[-log D(x, y)]."""
        return objectives.cross_entropy(verdicts, 1.0)

    def fake_loss(self, verdicts):
        """E[-log(1 - D(G(z, y), y))]."""
        return objectives.cross_entropy(verdicts, 0.0)

    def generator_loss(self, batch):
        """E[-log D(G(z, y), y)]."""
        logits = self.judge(self.generated(batch))
        return objectives.cross_entropy(logits, 1.0), {}
