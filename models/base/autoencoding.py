"""GANs whose discriminator is an autoencoder: its error is an energy."""

import dataclasses
from typing import ClassVar, Literal

import tensorflow as tf

from models import networks
from models.base import objectives
from models.base.adversarial import AdversarialModel


class EnergyModel(AdversarialModel):
    """The discriminator gives an image's energy: the error of reconstructing it."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Which autoencoder, and which measure of its error."""

        net: Literal[*networks.AUTOENCODERS] = "dcgan"
        energy: Literal[*objectives.ENERGIES] = "l2"

    NETS: ClassVar[dict[str, networks.Nets]] = networks.AUTOENCODERS

    def encoded(
        self, images: tf.Tensor, move_averages: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Energies [B] and codes [B, n] of images."""
        reconstructions, codes = self.run(self.discriminator, images, move_averages)
        energy = objectives.ENERGIES[self.config.energy]
        return energy.per_image(images - reconstructions), codes

    def judge(self, images: tf.Tensor, move_averages: bool = False) -> tf.Tensor:
        return self.encoded(images, move_averages)[0]

    def average(self, verdicts: tf.Tensor) -> tf.Tensor:
        return objectives.ENERGIES[self.config.energy].mean(verdicts)

    def reconstruct(self, images: tf.Tensor) -> tf.Tensor:
        reconstructions, _ = self.shown(self.discriminator, self.inward(images))
        return self.outward(reconstructions)
