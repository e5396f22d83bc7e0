"""DCGAN: Radford, Metz and Chintala, 2015, arXiv:1511.06434.

"Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks".

Departs from the paper, as tf.gans-comparison does: Glorot uniform initialisation
(`init=normal`), no batch norm after the generator's dense layer (`net=dcgan_bn`), z
normal (`z=uniform`), one z for both updates (`fresh_z=true`).
"""

import dataclasses

from models.base import objectives
from models.base.adversarial import AdversarialModel


class DCGAN(AdversarialModel):
    """Convolutional networks on the non-saturating objective of Goodfellow 2014."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        d_lr: float = 2e-4  # paper, section 4
        g_lr: float = 2e-4  # tf.gans-comparison shows 1e-3 too
        beta_1: float = 0.5  # paper, section 4

    def real_loss(self, real_logits):
        """Returns E[-log D(x)]."""
        return objectives.cross_entropy(real_logits, 1.0)

    def fake_loss(self, fake_logits):
        """Returns E[-log(1 - D(G(z)))]."""
        return objectives.cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits, batch):
        """Returns E[-log D(G(z))], the non-saturating form."""
        return objectives.cross_entropy(fake_logits, 1.0), {}
