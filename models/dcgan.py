"""DCGAN: Radford, Metz and Chintala, 2015, arXiv:1511.06434.

"Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks".

Departs from the paper, as tf.gans-comparison does: Glorot uniform initialisation, no
batch norm after the generator's dense layer, z normal instead of uniform, one z for
both updates (`fresh_z=true` draws another for the generator's).
"""

import dataclasses

from models import layers, networks, objectives
from models.base import AdversarialModel, forward


class DCGAN(AdversarialModel):
    """Convolutional networks on the non-saturating objective of Goodfellow 2014."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        d_lr: float = 2e-4  # paper, section 4
        g_lr: float = 2e-4  # tf.gans-comparison shows 1e-3 too
        beta_1: float = 0.5  # paper, section 4

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        c = self.config
        self.seat(
            generator=networks.dcgan_generator(self.image_shape, c.z_dim, c.g_width),
            discriminator=networks.dcgan_discriminator(self.image_shape, c.d_width),
            g_optimizer=layers.adam(c.g_lr, c.beta_1),
            d_optimizer=layers.adam(c.d_lr, c.beta_1),
        )

    def discriminator_loss(self, batch):
        """E[-log D(x)] + E[-log(1 - D(G(z)))]."""
        fake = forward(self.generator, batch["z"])
        real_logits = forward(self.discriminator, batch["image"], move_averages=True)
        fake_logits = forward(self.discriminator, fake)  # [B, 1]
        loss_real = objectives.cross_entropy(real_logits, 1.0)
        loss_fake = objectives.cross_entropy(fake_logits, 0.0)
        logs = {"d_loss_real": loss_real, "d_loss_fake": loss_fake}
        return loss_real + loss_fake, logs

    def generator_loss(self, batch):
        """E[-log D(G(z))], the non-saturating form."""
        fake = forward(self.generator, batch["z"], move_averages=True)
        logits = forward(self.discriminator, fake)
        return objectives.cross_entropy(logits, 1.0), {}
