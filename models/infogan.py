"""InfoGAN: Chen et al., 2016, arXiv:1606.03657.

"InfoGAN: Interpretable Representation Learning by Information Maximizing Generative
Adversarial Nets". Q, on the discriminator's trunk, reads the codes off the fake images;
both players raise L_I = E[log Q(c | G(z, c))] + H(c), a bound on what the images tell
of the codes. Continuous codes: Q is normal with deviation 1, as in the authors' code.

Departs from the paper: one z and c for both updates (`fresh_z=true`), Glorot
initialisation.
"""

import dataclasses
from typing import ClassVar, Literal

from models import networks
from models.base import coded_critic, codes, config, objectives
from models.base.adversarial import AdversarialModel
from models.base.latent import Pixels, Prior


class InfoGAN(AdversarialModel):
    """Codes are found without labels, by making them readable."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of the paper for MNIST, appendix C.1."""

        net: Literal[*networks.INFORMATION] = "infogan"
        z: Prior = "uniform"
        z_dim: int = 62
        categories: int = config.size(10, 1000)  # of c1
        continuous: int = config.size(2, 1000)  # codes c2, c3, ..., each U(-1, 1)
        d_lr: float = 2e-4
        g_lr: float = 1e-3
        beta_1: float = 0.5
        pixels: Pixels = "unit"
        info_weight: float = 1.0  # lambda of c1
        continuous_weight: float = 1.0  # lambda of the others

    NETS: ClassVar = networks.INFORMATION

    @property
    def codes(self):
        c = self.config
        continuous = [(f"c{i + 2}", "continuous", 1) for i in range(c.continuous)]
        return codes.laid_out(c.z_dim, ("c1", "categorical", c.categories), *continuous)

    def create_critic(self):
        return coded_critic.CodedCritic(self.codes)

    def real_loss(self, d_real):
        """Returns E[-log D(x)]."""
        return objectives.cross_entropy(d_real[:, :1], 1.0)

    def fake_loss(self, d_fake):
        """Returns E[-log(1 - D(G(z, c)))]."""
        return objectives.cross_entropy(d_fake[:, :1], 0.0)

    def information(self, d_fake, batch):
        """Returns sum lambda E[-log Q(c | G(z, c))], lambda (H(c) - L_I), and parts."""
        c = self.config
        losses = self.critic.code_losses(d_fake, batch)
        continuous = sum(loss for name, loss in losses.items() if name != "c1")
        loss = c.info_weight * losses["c1"] + c.continuous_weight * continuous
        return loss, {f"q_{name}": value for name, value in losses.items()}

    def penalty(self, batch, real, fake, d_real, d_fake):
        """Returns -lambda L_I, but for a constant."""
        return self.information(d_fake, batch)

    def generator_loss(self, d_fake, batch):
        """Returns E[-log D(G(z, c))] - lambda L_I."""
        loss = objectives.cross_entropy(d_fake[:, :1], 1.0)
        return loss + self.information(d_fake, batch)[0], {}
