"""LSGAN, "Least Squares Generative Adversarial Networks": Mao et al., 2016.

arXiv:1611.04076. Departs from the paper, as tf.gans-comparison does: Adam with 1e-3 and
beta_1 0.5, z normal of 1,024 numbers (its author found 100 better), DCGAN's
discriminator, one z for both updates (`fresh_z=true`).
"""

import dataclasses
from typing import Literal

from models import networks, objectives
from models.adversarial import AdversarialModel


def label(value: float):
    """A field for a label, which may be negative."""
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

    def real_loss(self, verdicts):
        """E[(D(x) - b)^2] / 2."""
        return objectives.least_squares(verdicts, self.config.b)

    def fake_loss(self, verdicts):
        """E[(D(G(z)) - a)^2] / 2."""
        return objectives.least_squares(verdicts, self.config.a)

    def generator_loss(self, batch):
        """E[(D(G(z)) - c)^2] / 2."""
        outputs = self.judge(self.generated(batch))
        return objectives.least_squares(outputs, self.config.c), {}
