"""Pix2Pix: Isola, Zhu, Zhou and Efros, 2017, arXiv:1611.07004.

"Image-to-Image Translation with Conditional Adversarial Networks". The discriminator
sees what came in beside what came out, in patches of 70x70 pixels.

Departs from the authors' code, as GAN_package does: G runs twice a step, under two
dropout masks (`one_pass=true`), gammas begin at 1 (`bn_gamma=around_one`), biases as
PyTorch's (`init=normal`: at 0), also in layers that a norm follows. Stored images are
enlarged, not the file's. GAN_package's crop may leave a black line, this one does not.
"""

import dataclasses
from typing import ClassVar, Literal

import tensorflow as tf

from models.base import config, objectives
from models.base.translation import TranslationModel


class Pix2Pix(TranslationModel):
    """A U-Net learns pairs, by an L1 loss and a discriminator of pairs."""

    @dataclasses.dataclass(frozen=True)
    class Config(TranslationModel.Config):
        """Defaults of GAN_package."""

        direction: Literal["AtoB", "BtoA"] = "BtoA"
        l1_weight: float = 100.0  # paper, section 3.3: lambda
        one_pass: bool = config.later(False)  # GAN_package: False; the authors: True

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

    def d_loss(self, batch, fake):
        """Returns (E[-log D(x, y)] + E[-log(1 - D(x, G(x)))]) / 2, and its parts."""
        x, y = batch["x"], batch["y"]  # [B, H, W, C]
        real_logits = self.d(x, y)  # [B, h, w, 1]
        fake_logits = self.d(x, fake)

        loss_real = objectives.cross_entropy(real_logits, 1.0)
        loss_fake = objectives.cross_entropy(fake_logits, 0.0)
        return self.config.d_loss_scale * (loss_real + loss_fake), {
            "d_loss_real": loss_real,
            "d_loss_fake": loss_fake,
        }

    def g_loss(self, batch, fake):
        """Returns E[-log D(x, G(x))] + lambda E[|y - G(x)|], and its parts."""
        gan = objectives.cross_entropy(self.d(batch["x"], fake), 1.0)
        l1 = objectives.l1(fake, batch["y"])
        return gan + self.config.l1_weight * l1, {"g_gan": gan, "l1": l1}

    def updates(self, batch):
        """Moves D, then G, each on a pass of G under its own mask unless `one_pass`."""
        g, d = self.players["generator"], self.players["discriminator"]
        with tf.GradientTape() as tape:
            fake = self.run(self.networks["generator"], batch["x"])  # [B, H, W, C]
            with tape.stop_recording():
                d_loss, d_logs = d.minimize(lambda b: self.d_loss(b, fake), batch)
            if not self.config.one_pass:
                fake = self.run(self.networks["generator"], batch["x"])
            g_loss, g_logs = self.g_loss(batch, fake)

        g.descend(tape, g_loss)
        return {"d_loss": d_loss, "g_loss": g_loss, **d_logs, **g_logs}
