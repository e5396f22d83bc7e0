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
from models.base import codes, config, objectives
from models.base.coded import CodedModel
from models.networks import layers


class ACGAN(CodedModel):
    """The discriminator is a classifier too, and both players want it to be right."""

    @dataclasses.dataclass(frozen=True)
    class Config(CodedModel.Config):
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

    def head_loss(self, batch, real_verdicts, fake_verdicts):
        """L_C = E[-log P(y | x)] + E[-log P(y | G(z, y))]."""
        real = self.code_losses(real_verdicts, batch)["label"]
        fake = self.code_losses(fake_verdicts, batch)["label"]
        logs = {"class_real": real, "class_fake": fake}
        return self.config.class_weight * (real + fake), logs

    def generator_loss(self, batch):
        """E[-log D(G(z, y))] + E[-log P(y | G(z, y))]."""
        verdicts = self.judge(self.generated(batch))
        loss = objectives.cross_entropy(verdicts[:, :1], 1.0)
        classes = self.code_losses(verdicts, batch)["label"]
        return loss + self.config.class_weight * classes, {"g_class": classes}
