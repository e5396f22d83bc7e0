"""ACGAN: Odena, Olah and Shlens, 2017, arXiv:1610.09585.

"Conditional Image Synthesis with Auxiliary Classifier GANs". The generator is told the
class, the discriminator has to tell it, of real and of fake images.

Departs from the paper: no noise on the discriminator's activations (the paper tries
deviations 0, 0.1 and 0.2), classes of fake images are those of the real minibatch, one
z for both updates (`fresh_z=true`).
"""

import dataclasses
from typing import ClassVar, Literal

from models import networks
from models.base import coded_critic, codes, config, objectives
from models.base.adversarial import AdversarialModel
from models.networks import layers


class ACGAN(AdversarialModel):
    """The discriminator is a classifier too, and both players want it to be right."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of the paper for CIFAR-10, appendix A, table 2."""

        net: Literal[*networks.CLASSIFIERS] = "odena"
        z_dim: int = 100  # and 10 classes: 110 numbers
        d_lr: float = 2e-4  # of 1e-4, 2e-4 and 3e-4
        g_lr: float = 2e-4
        beta_1: float = 0.5
        init: layers.Init = "normal"  # deviation 0.02
        dropout: float = config.below_one(0.5)  # in `odena`'s discriminator
        class_weight: float = 1.0  # factor on L_C

    NETS: ClassVar = networks.CLASSIFIERS
    reads: ClassVar = ("image", "label")

    @property
    def codes(self):
        return codes.label(self.config.z_dim, self.num_classes)

    def create_critic(self):
        return coded_critic.CodedCritic(self.codes)

    def real_loss(self, d_real):
        """Returns E[-log D(x)]."""
        return objectives.cross_entropy(d_real[:, :1], 1.0)

    def fake_loss(self, d_fake):
        """Returns E[-log(1 - D(G(z, y)))]."""
        return objectives.cross_entropy(d_fake[:, :1], 0.0)

    def penalty(self, batch, real, fake, d_real, d_fake):
        """Returns L_C = E[-log P(y | x)] + E[-log P(y | G(z, y))]."""
        class_real = self.critic.code_losses(d_real, batch)["label"]
        class_fake = self.critic.code_losses(d_fake, batch)["label"]
        logs = {"class_real": class_real, "class_fake": class_fake}
        return self.config.class_weight * (class_real + class_fake), logs

    def generator_loss(self, d_fake, batch):
        """Returns E[-log D(G(z, y))] + E[-log P(y | G(z, y))]."""
        loss = objectives.cross_entropy(d_fake[:, :1], 1.0)
        classes = self.critic.code_losses(d_fake, batch)["label"]
        return loss + self.config.class_weight * classes, {"g_class": classes}
