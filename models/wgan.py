"""WGAN, "Wasserstein GAN": Arjovsky, Chintala and Bottou, 2017, arXiv:1701.07875.

Departs from the paper, as tf.gans-comparison does: one critic step with five times the
learning rate instead of five steps (`n_critic=5, d_lr=5e-5` is the paper's), one z for
both updates (`fresh_z=true`), RMSProp's accumulator starts at 1 (`accumulator=0`), the
critic has batch norm and its gamma and beta are clipped too. The original graph mostly
clipped before its update (`clip_order=before`), although it meant to clip after it,
which is the default.
"""

import dataclasses
from typing import Literal

import keras

from models import layers, networks, objectives
from models.base import AdversarialModel, forward


class WGAN(AdversarialModel):
    """A critic of bounded weights estimates the Wasserstein distance."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        d_lr: float = 2.5e-4  # algorithm 1: alpha 5e-5, times 5 in tf.gans-comparison
        g_lr: float = 5e-5  # algorithm 1: alpha
        clip: float = 0.01  # algorithm 1: c
        clip_order: Literal["after", "before"] = "after"  # see above
        accumulator: float = 1.0  # where RMSProp's mean square starts; TF 1: 1

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        c = self.config
        self.seat(
            generator=networks.dcgan_generator(self.image_shape, c.z_dim, c.g_width),
            discriminator=networks.dcgan_discriminator(self.image_shape, c.d_width),
            g_optimizer=layers.RMSProp(c.g_lr, c.accumulator),
            d_optimizer=layers.RMSProp(c.d_lr, c.accumulator),
        )

    def discriminator_loss(self, batch):
        """-(E[C(x)] - E[C(G(z))])."""
        fake = forward(self.generator, batch["z"])
        real_critic = forward(self.discriminator, batch["image"], move_averages=True)
        fake_critic = forward(self.discriminator, fake)  # [B, 1]
        distance = objectives.wasserstein(real_critic, fake_critic)
        return -distance, {"w_dist": distance}

    def generator_loss(self, batch):
        """-E[C(G(z))]."""
        fake = forward(self.generator, batch["z"], move_averages=True)
        return -objectives.batch_mean(forward(self.discriminator, fake)), {}

    def discriminator_step(self, batch):
        if self.config.clip_order == "before":
            self.clip_critic()
        return super().discriminator_step(batch)

    def after_discriminator_update(self):
        if self.config.clip_order == "after":
            self.clip_critic()

    def clip_critic(self):
        """Clips every trainable variable of the critic to [-c, c]."""
        c = self.config.clip
        for variable in self.discriminator.trainable_variables:
            variable.assign(keras.ops.clip(variable, -c, c))
