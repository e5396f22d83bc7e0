"""GAN, "Generative Adversarial Nets": Goodfellow et al., 2014, arXiv:1406.2661.

Departs from the paper, as GAN_package's simple GAN does: one hidden layer with leaky
ReLU in each net instead of maxout and dropout, z normal, Adam, the discriminator's loss
halved (`d_loss_scale=1`), one z for both updates (`fresh_z=true`). The paper's minimax
game is `generator_objective=saturating`.
"""

import dataclasses
from typing import Literal

from models import networks
from models.base import objectives, optimizers
from models.base.adversarial import AdversarialModel
from models.networks import layers


class GAN(AdversarialModel):
    """The minimax game, on multilayer perceptrons."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of GAN_package's simple GAN."""

        net: Literal[*networks.CRITICS] = "mlp"
        z_dim: int = 64
        init: layers.Init = "torch"
        optimizer: optimizers.Form = "torch_adam"
        d_lr: float = 3e-4
        g_lr: float = 3e-4
        beta_1: float = 0.9
        d_loss_scale: float = 0.5
        generator_objective: Literal["non_saturating", "saturating"] = "non_saturating"

    def real_loss(self, real_logits):
        """Returns E[-log D(x)]."""
        return objectives.cross_entropy(real_logits, 1.0)

    def fake_loss(self, fake_logits):
        """Returns E[-log(1 - D(G(z)))]."""
        return objectives.cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits, batch):
        """Returns E[-log D(G(z))], or E[log(1 - D(G(z)))] where it saturates."""
        if self.config.generator_objective == "saturating":
            return -objectives.cross_entropy(fake_logits, 0.0), {}
        return objectives.cross_entropy(fake_logits, 1.0), {}
