"""WGAN, "Wasserstein GAN": Arjovsky, Chintala and Bottou, 2017, arXiv:1701.07875.

Departs from the paper, as tf.gans-comparison does: one critic step with five times the
learning rate instead of five steps (`n_critic=5, d_lr=5e-5` is the paper's), one z for
both updates (`fresh_z=true`), RMSProp's accumulator starts at 1 (`accumulator=0`). The
critic's batch norm is clipped too, gamma and beta. The original graph mostly clipped
before its update (`clip_order=before`), although it meant to clip after it, which is
the default. The authors' code clips before each update, too, and gives the critic 100
in the first 25 steps and in the 501st, 1,001st, ... (`critic_burst=100
burst_at=501st`).
"""

import dataclasses
from typing import Literal

import keras

from models.base import objectives, optimizers
from models.base.adversarial import AdversarialModel


class WGAN(AdversarialModel):
    """A critic of bounded weights estimates the Wasserstein distance."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        optimizer: optimizers.Form = "rmsprop"
        d_lr: float = 2.5e-4  # algorithm 1: alpha 5e-5, times 5 in tf.gans-comparison
        g_lr: float = 5e-5  # algorithm 1: alpha
        clip: float = 0.01  # algorithm 1: c
        clip_order: Literal["after", "before"] = "after"  # see above

    def real_loss(self, real_scores):
        """Returns -E[C(x)]."""
        return -objectives.batch_mean(real_scores)

    def fake_loss(self, fake_scores):
        """Returns E[C(G(z))]."""
        return objectives.batch_mean(fake_scores)

    def generator_loss(self, fake_scores, batch):
        """Returns -E[C(G(z))]."""
        return -objectives.batch_mean(fake_scores), {}

    def d_loss(self, batch, fake):
        if self.config.clip_order == "before":
            self.clip_critic()
        return super().d_loss(batch, fake)

    def apply_d(self, gradients, logs):
        logs = super().apply_d(gradients, logs)
        if self.config.clip_order == "after":
            self.clip_critic()
        return logs | {"w_dist": logs["d_real"] - logs["d_fake"]}

    def clip_critic(self):
        """Clips every trainable variable of the critic to [-c, c]."""
        c = self.config.clip
        for variable in self.discriminator.trainable_variables:
            variable.assign(keras.ops.clip(variable, -c, c))
