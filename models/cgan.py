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
from models.base import codes, config, objectives
from models.base.adversarial import AdversarialModel
from models.base.critic import Critic
from models.base.latent import Pixels, Prior


class CGAN(AdversarialModel):
    """Both players are told what the image should show."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of the paper, section 4.1, where it names them."""

        net: Literal[*networks.CONDITIONAL] = "mirza"
        z: Prior = "unit"  # uniform within the unit hypercube
        z_dim: int = 100
        pixels: Pixels = "unit"  # the generator ends in a sigmoid
        dropout: float = config.below_one(0.5)  # in `mirza`, both nets
        beta_1: float = 0.5

    NETS: ClassVar = networks.CONDITIONAL
    reads: ClassVar = ("image", "label")

    @property
    def codes(self):
        return codes.label(self.config.z_dim, self.num_classes)

    def create_critic(self):
        return LabelledCritic(self.num_classes)

    def real_loss(self, real_logits):
        """Returns E[-log D(x, y)]."""
        return objectives.cross_entropy(real_logits, 1.0)

    def fake_loss(self, fake_logits):
        """Returns E[-log(1 - D(G(z, y), y))]."""
        return objectives.cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits, batch):
        """Returns E[-log D(G(z, y), y)]."""
        return objectives.cross_entropy(fake_logits, 1.0), {}


class LabelledCritic(Critic):
    """A discriminator that reads an image and one more channel for each class."""

    def __init__(self, num_classes):
        self.condition = num_classes

    def read(self, images, batch):
        """Returns [B, H, W, C + classes]: 1 everywhere in the channel of the label."""
        y = tf.one_hot(batch["label"], self.condition, dtype=images.dtype)
        _, height, width, _ = images.shape
        planes = tf.tile(y[:, tf.newaxis, tf.newaxis], [1, height, width, 1])
        return tf.concat([images, planes], axis=3)
