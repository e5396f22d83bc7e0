"""EBGAN: Zhao, Mathieu and LeCun, 2016, arXiv:1609.03126.

"Energy-based Generative Adversarial Network".

Departs from the paper, as tf.gans-comparison does: the energy is the norm of the
reconstruction error (`energy=mse` is the paper's mean square, which takes a margin near
1), the hinge acts on the batch's mean energy (`hinge=sample` is the paper's), one z for
both updates (`fresh_z=true`).
"""

import dataclasses
from typing import Literal

import tensorflow as tf

from models import layers, networks, objectives
from models.base import AdversarialModel, forward

ENERGIES = {
    "l2": objectives.reconstruction_norm,
    "mse": objectives.reconstruction_mse,
}


class EBGAN(AdversarialModel):
    """The discriminator is an autoencoder; its reconstruction error is an energy."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        d_lr: float = 1e-3
        g_lr: float = 1e-3
        beta_1: float = 0.5
        margin: float = 20.0
        pt_weight: float = 0.1  # 0 switches the term off
        energy: Literal["l2", "mse"] = "l2"
        hinge: Literal["batch", "sample"] = "batch"

    least_batch = 2  # the pulling-away term is of pairs

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        c = self.config
        self.seat(
            generator=networks.dcgan_generator(self.image_shape, c.z_dim, c.g_width, 4),
            discriminator=networks.autoencoder(self.image_shape, c.d_width),
            g_optimizer=layers.adam(c.g_lr, c.beta_1),
            d_optimizer=layers.adam(c.d_lr, c.beta_1),
        )

    def energy(self, x, move_averages=False):
        """The energy of each image, [B], and its latent, [B, n]."""
        reconstruction, latents = forward(self.discriminator, x, move_averages)
        return ENERGIES[self.config.energy](x, reconstruction), latents

    def discriminator_loss(self, batch):
        """E[e(x)] + max(0, m - E[e(G(z))]), or E[max(0, m - e(G(z)))] by `hinge`."""
        c = self.config
        fake_energy, _ = self.energy(forward(self.generator, batch["z"]))
        real_energy, _ = self.energy(batch["image"], move_averages=True)
        real, fake = map(objectives.batch_mean, (real_energy, fake_energy))
        below = fake if c.hinge == "batch" else fake_energy
        hinge = objectives.batch_mean(tf.nn.relu(c.margin - below))
        logs = {"d_real_energy": real, "d_fake_energy": fake, "d_fake_hinge": hinge}
        return real + hinge, logs

    def generator_loss(self, batch):
        """E[e(G(z))] + pt_weight PT(latents of G(z))."""
        fake = forward(self.generator, batch["z"], move_averages=True)
        fake_energy, latents = self.energy(fake)
        pt = objectives.pull_away(latents)
        pt_loss = self.config.pt_weight * pt
        loss = objectives.batch_mean(fake_energy) + pt_loss
        return loss, {"pt": pt, "pt_loss": pt_loss}

    def scores(self, images):
        return self.energy(images)[0]
