"""One training step of a GAN: D's updates, then one of G.

A paper's file gives three functions of what D says: `real_loss` and `fake_loss`, whose
sum D minimises, and `generator_loss`. Some add a `penalty`, override `apply_d`, which
runs after D's update, or have a D that says more than a logit (`create_critic`).
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from models.base import tricks
from models.base.generative import Batch, Logs, size
from models.base.two_player import TwoPlayerModel


class AdversarialModel(TwoPlayerModel):
    """A generator G against a discriminator (or critic) D, on noise."""

    # What a paper says.

    def real_loss(self, d_real: Any) -> tf.Tensor:
        """Returns D's loss on what it says of real images."""
        raise NotImplementedError

    def fake_loss(self, d_fake: Any) -> tf.Tensor:
        """Returns D's loss on what it says of fake images."""
        raise NotImplementedError

    def generator_loss(self, d_fake: Any, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """Returns G's loss on what D says of fake images, and further scalars."""
        raise NotImplementedError

    def penalty(
        self, batch: Batch, real: tf.Tensor, fake: tf.Tensor, d_real: Any, d_fake: Any
    ) -> tuple[tf.Tensor | float, Logs]:
        """Returns a further term of D's loss on the images that D sees, and scalars."""
        return 0.0, {}

    def after_step(self, batch: Batch, logs: Logs) -> Logs:
        """Moves what moves after both updates; returns further scalars of the step."""
        return {}

    # A step.

    def learn(self, batches: Sequence[Batch], total_steps: int) -> Logs:
        """Runs `n_critic` updates of D, then one of G; returns losses and parts."""
        logs = self.decay_rates()
        *others, last = self.schedule.minibatches(batches)

        for batch in others:
            logs |= self.update_d(self.prepared(batch))

        batch = self.prepared(last)
        logs |= self.update_both(batch)
        return logs | self.after_step(batch, logs)

    def update_both(self, batch: Batch) -> Logs:
        """Runs D's last update and G's, as `simultaneous` and `fresh_z` want them."""
        if self.config.simultaneous:
            return self.update_simultaneously(batch)
        if self.shares_pass:
            return self.update_d_and_g(batch)
        return self.update_d(batch) | self.update_g(self.for_g(batch))

    def update_d(self, batch: Batch, fake: tf.Tensor | None = None) -> Logs:
        """Minimises D's loss on real images and on `fake`, by default G's for z."""
        if fake is None:
            fake = self.run(self.generator, batch["z"])  # [B, H, W, C]

        with tf.GradientTape() as tape:
            loss, logs = self.d_loss(batch, fake)

        gradients = self.players["discriminator"].gradients(tape, loss)
        return self.apply_d(gradients, {"d_loss": loss, **logs})

    def d_loss(self, batch: Batch, fake: tf.Tensor) -> tuple[tf.Tensor, Logs]:
        """Returns real_loss + fake_loss + penalty, and its parts."""
        real = self.as_d_sees(batch["image"], batch)  # [B, H, W, C]
        fake = self.as_d_sees(fake, batch)
        flips = self.tricks.flips(size(batch), self.rng)  # [B] or None
        d_real, d_fake = self.tricks.show(self.d, *tricks.exchange(flips, real, fake))

        loss_real = self.tricks.smooth(self.real_loss, self.fake_loss, d_real)
        loss_fake = self.fake_loss(d_fake)
        penalty, logs = self.penalty(
            batch, real, fake, *tricks.exchange(flips, d_real, d_fake)
        )
        return self.config.d_loss_scale * (loss_real + loss_fake) + penalty, {
            "d_loss_real": loss_real,
            "d_loss_fake": loss_fake,
            "d_real": self.critic.mean(d_real),
            "d_fake": self.critic.mean(d_fake),
            **logs,
        }

    def apply_d(self, gradients: list[tf.Tensor], logs: Logs) -> Logs:
        """Moves D, and what moves with it; returns the logs, perhaps with more."""
        self.players["discriminator"].apply(gradients)
        return logs

    def update_d_and_g(self, batch: Batch) -> Logs:
        """Runs D's last update and G's on one pass of G, which stays between them."""
        with tf.GradientTape() as tape:
            fake = self.run(self.generator, batch["z"], move_averages=True)
            with tape.stop_recording():
                logs = self.update_d(batch, fake)
            loss, g_logs = self.g_loss(batch, fake)

        self.apply_g(self.players["generator"].gradients(tape, loss))
        return logs | {"g_loss": loss, **g_logs}

    def update_g(self, batch: Batch) -> Logs:
        """Minimises G's loss on a pass of its own."""
        with tf.GradientTape() as tape:
            fake = self.run(self.generator, batch["z"], move_averages=True)
            loss, logs = self.g_loss(batch, fake)

        self.apply_g(self.players["generator"].gradients(tape, loss))
        return {"g_loss": loss, **logs}

    def update_simultaneously(self, batch: Batch) -> Logs:
        """Moves both by gradients at the same weights."""
        g_batch = self.for_g(batch)
        with tf.GradientTape() as tape:
            fake = self.run(self.generator, batch["z"])
            d_loss, d_logs = self.d_loss(batch, fake)
        d_gradients = self.players["discriminator"].gradients(tape, d_loss)

        with tf.GradientTape() as tape:
            fake = self.run(self.generator, g_batch["z"], move_averages=True)
            g_loss, g_logs = self.g_loss(g_batch, fake)
        g_gradients = self.players["generator"].gradients(tape, g_loss)

        logs = self.apply_d(d_gradients, {"d_loss": d_loss, **d_logs})
        self.apply_g(g_gradients)
        return logs | {"g_loss": g_loss, **g_logs}

    def g_loss(self, batch: Batch, fake: tf.Tensor) -> tuple[tf.Tensor, Logs]:
        """Returns generator_loss of what D says of G's images [B, H, W, C]."""
        return self.generator_loss(self.d(self.as_d_sees(fake, batch)), batch)

    def apply_g(self, gradients: list[tf.Tensor]) -> None:
        """Moves G and its average: average <- ema average + (1 - ema) G."""
        self.players["generator"].apply(gradients)
        if decay := self.config.ema:
            average = self.networks["generator_ema"]
            for old, new in zip(average.weights, self.generator.weights, strict=True):
                old.assign(decay * old + (1 - decay) * new)

    @property
    def shares_pass(self) -> bool:
        """Whether a second pass of G, for its own update, would give the same images.

        It would on the same z and without dropout, and must not move averages twice.
        """
        layers = self.generator.layers
        dropout = any(isinstance(layer, keras.layers.Dropout) for layer in layers)
        return not self.config.fresh_z and self.config.moving == "once" and not dropout

    def for_g(self, batch: Batch) -> Batch:
        """Returns the minibatch of G's update: D's last one, or with its own z."""
        return {**batch, "z": self.latent(batch)} if self.config.fresh_z else batch

    # Minibatches.

    @property
    def batches_per_step(self) -> int:
        return self.schedule.batches_per_step

    def extra_batches(self) -> tf.Tensor | None:
        return self.schedule.extra_batches(self.step)

    def extra_step(self, batch: Batch) -> None:
        self.decay_rates()
        self.update_d(self.prepared(batch))

    def batches_before(self, step: int) -> int:
        return self.schedule.batches_before(step)
