"""BEGAN: Berthelot, Schumm and Metz, 2017, arXiv:1703.10717.

"BEGAN: Boundary Equilibrium Generative Adversarial Networks".

Departs from the paper, as tf.gans-comparison does: z normal (`z=uniform`), one z for
both updates (`fresh_z=true`), k moved by what D's update saw, not by the z of G's
(`k_after=g`), rates that decay by themselves (the paper halves them when M
stalls), convolutions that halve and widen at once, no skip connections (`skip=true`).
"""

import dataclasses
from typing import ClassVar, Literal

import keras
import tensorflow as tf

from models import networks
from models.base import autoencoding_critic, config, objectives
from models.base.adversarial import AdversarialModel


class BEGAN(AdversarialModel):
    """Two autoencoding losses are held in the ratio gamma by a controller, k."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
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
        k_after: Literal["d", "g", "step"] = config.later("d")  # see after_step
        skip: bool = False  # paper, section 3.5.1

    NETS: ClassVar = networks.AUTOENCODERS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.k = tf.Variable(self.config.k0, False, dtype=keras.config.floatx())

    def extras(self):
        return {"k": self.k}

    def create_critic(self):
        return autoencoding_critic.AutoencodingCritic(self.config.energy)

    def real_loss(self, real):
        """Returns L(x), the mean absolute error of reconstructing it."""
        return self.critic.mean(real)

    def fake_loss(self, fake):
        """Returns -k L(G(z))."""
        return -self.k * self.critic.mean(fake)

    def generator_loss(self, fake, batch):
        """Returns L(G(z))."""
        return self.critic.mean(fake), {}

    def apply_d(self, gradients, logs):
        logs = super().apply_d(gradients, logs)
        moves = self.config.k_after == "d"
        return logs | (self.move_k(logs["d_real"], logs["d_fake"]) if moves else {})

    def after_step(self, batch, logs):
        """Moves k by G's loss, the paper's L(G(z_G)), or by losses measured again."""
        if self.config.k_after == "g":
            return self.move_k(logs["d_real"], logs["g_loss"])
        if self.config.k_after == "step":
            images = batch["image"], self.run(self.generator, batch["z"])
            return self.move_k(*(self.critic.mean(self.d(x)) for x in images))
        return {}

    def move_k(self, real, fake):
        """Moves k <- clip(k + lambda_k (gamma L(x) - L(G(z))), 0, 1).

        M = L(x) + |gamma L(x) - L(G(z))| measures convergence.
        """
        c = self.config
        k = self.k.read_value()
        balance = c.gamma * real - fake
        self.k.assign(tf.clip_by_value(k + c.lambda_k * balance, 0.0, 1.0))
        return {"balance": balance, "m": real + tf.abs(balance), "k": k}
