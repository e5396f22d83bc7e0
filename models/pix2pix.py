"""Pix2Pix: Isola, Zhu, Zhou and Efros, 2017, arXiv:1611.07004.

"Image-to-Image Translation with Conditional Adversarial Networks". The discriminator
sees what came in beside what came out, in patches of 70x70 pixels.

Departs from the paper, as GAN_package does: biases in layers that a norm follows, too.
It enlarges the stored image, which is as large as the crop; the paper and GAN_package
enlarge the file's. Not reproduced: GAN_package's crop, which may leave a black line.
"""

import dataclasses
from typing import ClassVar, Literal

import tensorflow as tf

from models.base import objectives
from models.base.translation import TranslationModel


class Pix2Pix(TranslationModel):
    """A U-Net learns pairs, by an L1 loss and a discriminator of pairs."""

    @dataclasses.dataclass(frozen=True)
    class Config(TranslationModel.Config):
        """Defaults of GAN_package."""

        direction: Literal["AtoB", "BtoA"] = "BtoA"
        l1_weight: float = 100.0  # paper, section 3.3: lambda

    reads: ClassVar = ("source", "target")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.create_players(
            {"generator": self.create_generator()},
            {"discriminator": self.create_discriminator(images=2)},
        )

    @property
    def directions(self):
        return (self.config.direction,)

    def translator(self, direction):
        return self.networks["generator"]

    def prepared(self, batch):
        """Returns x, what comes in, and y, what should come out, jittered alike."""
        pair = batch["source"], batch["target"]
        x, y = pair if self.config.direction == "AtoB" else reversed(pair)
        x, y = tf.split(self.jittered(tf.concat([x, y], axis=3)), 2, axis=3)
        return {"x": x, "y": y}

    def d(self, x, y):
        """Returns the logits of y's patches beside x, [B, h, w, 1]."""
        return self.run(self.networks["discriminator"], tf.concat([x, y], axis=3))

    def d_loss(self, batch):
        """Returns (E[-log D(x, y)] + E[-log(1 - D(x, G(x)))]) / 2, and its parts."""
        x, y = batch["x"], batch["y"]  # [B, H, W, C]
        fake = self.run(self.networks["generator"], x)
        real_logits = self.d(x, y)  # [B, h, w, 1]
        fake_logits = self.d(x, fake)

        loss_real = objectives.cross_entropy(real_logits, 1.0)
        loss_fake = objectives.cross_entropy(fake_logits, 0.0)
        return self.config.d_loss_scale * (loss_real + loss_fake), {
            "d_loss_real": loss_real,
            "d_loss_fake": loss_fake,
        }

    def g_loss(self, batch):
        """Returns E[-log D(x, G(x))] + lambda E[|y - G(x)|], and its parts."""
        x, y = batch["x"], batch["y"]
        fake = self.run(self.networks["generator"], x)
        gan = objectives.cross_entropy(self.d(x, fake), 1.0)
        l1 = objectives.l1(fake, y)
        return gan + self.config.l1_weight * l1, {"g_gan": gan, "l1": l1}

    def updates(self, batch):
        d, g = self.players["discriminator"], self.players["generator"]
        d_loss, d_logs = d.minimize(self.d_loss, batch)
        g_loss, g_logs = g.minimize(self.g_loss, batch)
        return {"d_loss": d_loss, "g_loss": g_loss, **d_logs, **g_logs}
