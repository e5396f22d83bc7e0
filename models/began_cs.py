"""BEGAN-CS: Chang et al., 2018, arXiv:1808.07258.

"Escaping from Collapsing Modes in a Constrained Space". BEGAN with one more term: the
discriminator's encoder must find the z of a fake image, which keeps the codes in the
space of z.

Departs from the paper where BEGAN here does (see began.py). The authors' code draws z
uniformly (`z=uniform`), measures the norm of the whole batch's error
(`energy=batch_l2`), moves k after G, by losses measured again (`k_after=step`), and has
nets of its own (`net=began_cs`): the encoder widens in the second convolution of a
block, and a 1x1 convolution precedes each doubling.
"""

import dataclasses

import tensorflow as tf

from models.base import objectives
from models.began import BEGAN


class BEGANCS(BEGAN):
    """BEGAN with a constraint on its codes."""

    @dataclasses.dataclass(frozen=True)
    class Config(BEGAN.Config):
        """Defaults of tf.gans-comparison's BEGAN, and of the authors' code."""

        alpha: float = 0.1  # authors' code: weight of the constraint

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        code, z = self.discriminator.output_shape[1][-1], self.config.z_dim
        if code != z:
            raise ValueError(
                f"net={self.config.net} has codes of {code} numbers, z has {z}: the "
                "constraint needs as many; use net=began"
            )

    def penalty(self, batch, real, fake, d_real, d_fake):
        """Returns alpha E[|Enc(G(z)) - z|], the mean over codes and their numbers."""
        codes = self.d(fake).code  # [B, n]
        distance = objectives.batch_mean(tf.abs(codes - batch["z"]))
        constraint = self.config.alpha * distance
        return constraint, {"constraint": constraint}
