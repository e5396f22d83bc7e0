"""EBGAN: Zhao, Mathieu and LeCun, 2016, arXiv:1609.03126.

"Energy-based Generative Adversarial Network".

The energy is the norm of the reconstruction error, as in the paper; `energy=mse` is
its mean square, which takes a margin below 1.

Departs from the paper, as tf.gans-comparison does: the hinge acts on the batch's mean
energy (`hinge=sample` is the paper's), one z for both updates (`fresh_z=true`).
"""

import dataclasses
from typing import ClassVar, Literal

import tensorflow as tf

from models import networks
from models.base import autoencoding_critic, objectives
from models.base.adversarial import AdversarialModel


class EBGAN(AdversarialModel):
    """The discriminator is an autoencoder; its reconstruction error is an energy."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        net: Literal[*networks.AUTOENCODERS] = "dcgan"
        energy: Literal[*objectives.ENERGIES] = "l2"
        d_lr: float = 1e-3
        g_lr: float = 1e-3
        margin: float = 20.0  # m: the energy that fakes are pushed up to
        pt_weight: float = 0.1  # 0 switches the term off
        hinge: Literal["batch", "sample"] = "batch"  # on its mean or on each energy

    NETS: ClassVar = networks.AUTOENCODERS
    least_batch: ClassVar = 2  # the pulling-away term is of pairs

    def create_critic(self):
        return autoencoding_critic.AutoencodingCritic(self.config.energy)

    def real_loss(self, real):
        """Returns E[e(x)]."""
        return self.critic.mean(real)

    def fake_loss(self, fake):
        """Returns max(0, m - E[e(G(z))]), or E[max(0, m - e(G(z)))] by `hinge`."""
        margin = self.config.margin
        if self.config.hinge == "sample":
            below = tf.nn.relu(margin - fake.energy)  # [B]
            return self.critic.mean(fake._replace(energy=below))
        return tf.nn.relu(margin - self.critic.mean(fake))

    def generator_loss(self, fake, batch):
        """Returns E[e(G(z))] + pt_weight PT(codes of G(z))."""
        pt = objectives.pull_away(fake.code)
        pt_loss = self.config.pt_weight * pt
        return self.critic.mean(fake) + pt_loss, {"pt": pt, "pt_loss": pt_loss}
