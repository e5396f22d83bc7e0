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
from models.base import codes, objectives, tricks
from models.base.coded import CodedModel
from models.base.latent import Pixels


class InfoGAN(CodedModel):
    """Codes are found without labels, by making them readable."""

    @dataclasses.dataclass(frozen=True)
    class Config(CodedModel.Config):
        """Defaults of the paper for MNIST, appendix C.1."""

        net: Literal[*networks.INFORMATION] = "infogan"
        z: tricks.Prior = "uniform"
        z_dim: int = 62
        categories: int = 10  # of c1
        continuous: int = 2  # codes c2, c3, ..., each U(-1, 1)
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

    def information(self, verdicts, batch):
        """The sum of lambda E[-log Q(c | G(z, c))] = lambda (H(c) - L_I), and parts."""
        c, losses = self.config, self.code_losses(verdicts, batch)
        continuous = sum(loss for name, loss in losses.items() if name != "c1")
        loss = c.info_weight * losses["c1"] + c.continuous_weight * continuous
        return loss, {f"q_{name}": value for name, value in losses.items()}

    def head_loss(self, batch, real_verdicts, fake_verdicts):
        return self.information(fake_verdicts, batch)

    def generator_loss(self, batch):
        """E[-log D(G(z, c))] - lambda L_I."""
        verdicts = self.judge(self.generated(batch))
        loss = objectives.cross_entropy(verdicts[:, :1], 1.0)
        return loss + self.information(verdicts, batch)[0], {}
