"""Coulomb GAN: Unterthiner et al., 2017, arXiv:1708.08819.

"Coulomb GANs: Provably Optimal Nash Equilibria via Potential Fields". Real images
attract fake ones and fake ones repel each other; the discriminator learns the potential
and the generator climbs it.

Departs from the paper, as tf.gans-comparison does: learning rates are five times the
paper's, and D moves before G. The authors' code moves G first and shows D the images
of before, so both gradients are taken at the same weights (`simultaneous=true`). As in
that code each image counts itself among the charges, and one z serves both updates.
"""

import dataclasses

import tensorflow as tf

from models.base import objectives, tricks
from models.base.adversarial import AdversarialModel
from models.base.generative import size


class CoulombGAN(AdversarialModel):
    """The discriminator regresses the potential of a field of charges."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        z_dim: int = 32  # paper, appendix
        d_lr: float = 2.5e-4  # paper: 5e-5
        g_lr: float = 5e-4  # paper: 1e-4
        d_width: float = 2.0  # 128 filters in the first layer
        kernel_dimension: float = 3.0  # paper, equation 5: m, in the Plummer kernel
        kernel_epsilon: float = 1.0  # paper, equation 5

    def potentials(self, real, fake):
        """Returns P(a) = E[k(x, a)] - E[k(G(z), a)] at real and fake images, [B, 1]."""
        c = self.config
        charge = 1 - 2 * c.label_smoothing  # a share of it counts as fake
        kernel = (charge, c.kernel_dimension, c.kernel_epsilon)
        return [objectives.potential(a, real, fake, *kernel) for a in (real, fake)]

    def d_loss(self, batch, fake):
        """Returns E[(D(x) - P(x))^2] + E[(D(G(z)) - P(G(z)))^2], and its parts."""
        flips = self.tricks.flips(size(batch), self.rng)
        real = self.as_d_sees(batch["image"], batch)  # [B, H, W, C]
        fake = self.as_d_sees(fake, batch)
        real, fake = tricks.exchange(flips, real, fake)

        d_real, d_fake = self.tricks.show(self.d, real, fake)  # [B, 1]
        p_real, p_fake = self.potentials(real, fake)
        loss_real = objectives.batch_mean(tf.square(d_real - p_real))
        loss_fake = objectives.batch_mean(tf.square(d_fake - p_fake))
        return self.config.d_loss_scale * (loss_real + loss_fake), {
            "d_loss_real": loss_real,
            "d_loss_fake": loss_fake,
            "d_real": self.critic.mean(d_real),
            "d_fake": self.critic.mean(d_fake),
        }

    def generator_loss(self, d_fake, batch):
        """Returns -E[D(G(z))]."""
        return -objectives.batch_mean(d_fake), {}
