"""LSGAN, "Least Squares Generative Adversarial Networks": Mao et al., 2016.

arXiv:1611.04076. Departs from the paper, as tf.gans-comparison does: z normal, one z
for both updates (`fresh_z=true`). Its author found z of 100 numbers better than the
paper's 1,024 (`z_dim=100`).
"""

import dataclasses
from typing import Literal

from models import networks
from models.base import objectives
from models.base.adversarial import AdversarialModel


def label(value: float):
    """Returns a field for a label, which may be negative."""
    return dataclasses.field(default=value, metadata={"least": -100})


class LSGAN(AdversarialModel):
    """The discriminator regresses labels instead of classifying."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        net: Literal[*networks.CRITICS] = "lsgan"
        z_dim: int = 1024  # paper, section 4.1
        d_lr: float = 1e-3  # paper, section 4.1
        g_lr: float = 1e-3
        a: float = label(0.0)  # the label of fake images; paper, equation 9
        b: float = label(1.0)  # of real images
        c: float = label(1.0)  # what the generator wants the fake ones to get
        scale: float = 0.5  # factor on each squared error; paper, equation 9

    def real_loss(self, d_real):
        """Returns E[(D(x) - b)^2] / 2."""
        return self.config.scale * objectives.least_squares(d_real, self.config.b)

    def fake_loss(self, d_fake):
        """Returns E[(D(G(z)) - a)^2] / 2."""
        return self.config.scale * objectives.least_squares(d_fake, self.config.a)

    def generator_loss(self, d_fake, batch):
        """Returns E[(D(G(z)) - c)^2] / 2."""
        c = self.config
        return c.scale * objectives.least_squares(d_fake, c.c), {}
