"""BEGAN: Berthelot, Schumm and Metz, 2017, arXiv:1703.10717.

"BEGAN: Boundary Equilibrium Generative Adversarial Networks".

Departs from the paper, as tf.gans-comparison does: z normal (`z=uniform`), one z for
both updates (`fresh_z=true`), rates that decay by themselves (the paper halves them
when M stalls), convolutions that halve and widen at once, no skip connections
(`skip=true`).
"""

import dataclasses
from typing import Literal

import keras
import tensorflow as tf

from models import networks
from models.base import objectives
from models.base.autoencoding import EnergyModel


class BEGAN(EnergyModel):
    """Two autoencoding losses are held in the ratio gamma by a controller, k."""

    @dataclasses.dataclass(frozen=True)
    class Config(EnergyModel.Config):
        """Defaults of tf.gans-comparison."""

        net: Literal[*networks.AUTOENCODERS] = "began"
        energy: Literal[*objectives.ENERGIES] = "l1"
        z_dim: int = 64  # paper, section 3.4
        d_lr: float = 1e-4  # paper, section 4.1
        g_lr: float = 1e-4
        lr_decay: float = 0.95
        lr_decay_steps: int = 3000
        lr_floor: float = 2e-5
        gamma: float = 0.5  # paper, section 3.3: between 0 and 1
        lambda_k: float = 0.001  # paper, section 3.3
        k0: float = dataclasses.field(default=0.0, metadata={"most": 1})  # k at first
        skip: bool = False  # paper, section 3.5.1

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.k = tf.Variable(self.config.k0, False, dtype=keras.config.floatx())

    def extras(self):
        return {"k": self.k}

    def real_loss(self, verdicts):
        """L(x), the mean absolute error of reconstructing it."""
        return self.average(verdicts)

    def fake_loss(self, verdicts):
        """-k L(G(z))."""
        return -self.k * self.average(verdicts)

    def generator_loss(self, batch):
        """L(G(z))."""
        return self.average(self.judge(self.generated(batch))), {}

    def after_discriminator_update(self, logs):
        """Lets k <- clip(k + lambda_k (gamma L(x) - L(G(z))), 0, 1), from before.

        M = L(x) + |gamma L(x) - L(G(z))| measures convergence.
        """
        c, k = self.config, self.k.read_value()
        balance = c.gamma * logs["d_real"] - logs["d_fake"]
        self.k.assign(tf.clip_by_value(k + c.lambda_k * balance, 0.0, 1.0))
        return {"balance": balance, "m": logs["d_real"] + tf.abs(balance), "k": k}
