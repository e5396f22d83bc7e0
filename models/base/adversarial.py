"""A generator against a discriminator, and the tricks that all GANs share."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import ClassVar, Literal

import keras
import tensorflow as tf

from models import networks
from models.base import config, objectives, optimizers, tricks
from models.base.alternating import AlternatingModel
from models.base.generative import (
    Batch,
    Logs,
    Player,
    fixed_noise,
    forward,
    reseed,
    size,
)


class AdversarialModel(AlternatingModel):
    """A generator against a discriminator (or critic), on noise.

    A GAN gives `real_loss` and `fake_loss`, whose sum its discriminator minimises, and
    `generator_loss`; where that does not say it, `penalty`, `judge` or more.
    """

    @dataclasses.dataclass(frozen=True)
    class Config(AlternatingModel.Config):
        """What every GAN has; the defaults are tf.gans-comparison's."""

        net: Literal[*networks.CRITICS] = "dcgan"
        d_lr: float = 2e-4
        g_lr: float = 2e-4
        moving: Literal["once", "always"] = "once"  # which passes move batch norm's
        d_loss_scale: float = 1.0  # factor on the discriminator's loss
        # Tricks, off by default.
        label_smoothing: float = config.below_one(0.0)  # of the real images' label
        flip_labels: float = config.below_one(0.0)  # chance of a wrong label
        instance_noise: float = 0.0  # standard deviation at the start
        instance_noise_steps: int = 10_000  # linearly to 0 over these
        joint: bool = False  # real and fake images in one batch
        ema: float = config.below_one(0.0)  # decay of G's moving average; 0: none

    NETS: ClassVar[dict[str, networks.Nets]] = networks.CRITICS
    watching = False  # whether passes are for pictures alone

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seat(*self.create_networks(self.NETS[self.config.net]))

    def create_networks(self, nets: networks.Nets) -> tuple[keras.Model, keras.Model]:
        """A generator and a discriminator of the published kind."""
        return networks.create(nets, self.image_shape, self.config, self.inputs)

    def seat(self, generator: keras.Model, discriminator: keras.Model) -> None:
        """Gives each network its player, and the generator its average."""
        c = self.config
        self.networks = {"generator": generator, "discriminator": discriminator}
        if c.ema:
            average = keras.models.clone_model(generator)
            average.set_weights(generator.get_weights())
            self.networks["generator_ema"] = average
        g_optimizer, d_optimizer = (optimizers.create(c, r) for r in (c.g_lr, c.d_lr))
        self.players = {
            "generator": Player(generator, optimizer=g_optimizer),
            "discriminator": Player(discriminator, optimizer=d_optimizer),
        }

    @property
    def discriminator(self) -> keras.Model:
        """From images to what the paper's discriminator puts out."""
        return self.networks["discriminator"]

    # Objectives.

    def real_loss(self, verdicts: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss on its verdicts of real images."""
        raise NotImplementedError

    def fake_loss(self, verdicts: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss on its verdicts of fake images."""
        raise NotImplementedError

    def penalty(
        self, batch: Batch, real: tf.Tensor, fake: tf.Tensor
    ) -> tuple[tf.Tensor | float, Logs]:
        """A further term of the discriminator's loss, on the images that it sees."""
        return 0.0, {}

    def head_loss(
        self, batch: Batch, real_verdicts: tf.Tensor, fake_verdicts: tf.Tensor
    ) -> tuple[tf.Tensor | float, Logs]:
        """A further term, on what else the discriminator says of the images."""
        return 0.0, {}

    def average(self, verdicts: tf.Tensor) -> tf.Tensor:
        """One number for a batch of verdicts."""
        return objectives.batch_mean(verdicts)

    def discriminator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """real_loss + fake_loss (+ penalty + head_loss), and its parts.

        With `label_smoothing` s a real image counts 1 - s as real and s as fake, which
        for a cross-entropy is the label 1 - s (Salimans et al. 2016: one-sided).
        """
        c = self.config
        real, fake = self.seen(batch)
        flips = self.flips(batch)
        said = self.verdicts(*tricks.exchanged(flips, real, fake))
        real_verdicts, fake_verdicts = said
        loss_real = self.real_loss(real_verdicts)
        loss_fake = self.fake_loss(fake_verdicts)
        if s := c.label_smoothing:
            loss_real = (1 - s) * loss_real + s * self.fake_loss(real_verdicts)
        penalty, logs = self.penalty(batch, real, fake)
        heads, more = self.head_loss(batch, *tricks.exchanged(flips, *said))
        return c.d_loss_scale * (loss_real + loss_fake) + penalty + heads, {
            "d_loss_real": loss_real,
            "d_loss_fake": loss_fake,
            "d_real": self.average(real_verdicts),
            "d_fake": self.average(fake_verdicts),
            **logs,
            **more,
        }

    # What the networks see and say.

    def run(self, network: keras.Model, x: tf.Tensor, move_averages: bool = False):
        """`forward`; the averages move in every pass if the Config says so."""
        reseed(network, self.rng)
        moves = move_averages or self.config.moving == "always"
        return forward(network, x, moves and not self.watching)

    def judge(self, images: tf.Tensor, move_averages: bool = False) -> tf.Tensor:
        """The discriminator's verdicts, a row for each image."""
        return self.run(self.discriminator, images, move_averages)

    def verdicts(self, real: tf.Tensor, fake: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Verdicts on real and fake images, in two batches or one, by `joint`."""
        if not self.config.joint:
            return self.judge(real, move_averages=True), self.judge(fake)
        both = self.judge(tf.concat([real, fake], axis=0), move_averages=True)
        first, second = tf.split(both, 2)
        return first, second

    def seen(self, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
        """Real and fake images as the discriminator's update sees them."""
        real, fake = batch["image"], self.fakes(batch)
        return self.shown_to_d(real, batch), self.shown_to_d(fake, batch)

    def flips(self, batch: Batch) -> tf.Tensor | None:
        """Where a real and a fake image change places, by `flip_labels`: [B]."""
        return tricks.flips(self.rng, size(batch), self.config.flip_labels)

    @property
    def one_pass(self) -> bool:
        dropout = keras.layers.Dropout
        still = not any(isinstance(x, dropout) for x in self.generator.layers)
        return super().one_pass and self.config.moving == "once" and still

    def fakes(self, batch: Batch, move_averages: bool = False) -> tf.Tensor:
        if "fake" in batch:
            return batch["fake"]
        return self.run(self.generator, batch["z"], move_averages)

    def generated(self, batch: Batch) -> tf.Tensor:
        """Fake images as the generator's update sees them; its averages move."""
        return self.shown_to_d(self.fakes(batch, move_averages=True), batch)

    def shown_to_d(self, images: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Images with their noise, and with the condition that they should meet."""
        return self.conditioned(self.noisy(images), batch)

    def conditioned(self, images: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Images with what else the discriminator is told of each, as channels."""
        return images

    def noisy(self, images: tf.Tensor) -> tf.Tensor:
        """Images with what is left of the instance noise."""
        c, rng = self.config, self.rng
        decay = self.step, c.instance_noise_steps
        return tricks.instance_noise(rng, images, c.instance_noise, *decay)

    # After an update, and for the logs.

    def after_generator_update(self) -> None:
        """Moves the generator's average."""
        if decay := self.config.ema:
            average = self.networks["generator_ema"]
            tricks.move_average(average, self.generator, decay)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Passes inside leave averages and the run's own noise as they were."""
        own, self.rng, self.watching = self.rng, fixed_noise(self.seed), True
        try:
            yield
        finally:
            self.rng, self.watching = own, False

    def scores(self, images: tf.Tensor) -> tf.Tensor:
        """The verdict on each image in training mode, [B]."""
        verdicts = self.judge(images)
        return verdicts if len(verdicts.shape) == 1 else verdicts[:, 0]

    def histograms(self, batch: Batch) -> Logs:
        with self.watched():
            real = self.conditioned(self.inward(batch["image"]), batch)
            fake = self.run(self.generator, self.probe(batch))
            fake = self.conditioned(fake, batch)
            return {"scores_real": self.scores(real), "scores_fake": self.scores(fake)}
