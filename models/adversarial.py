"""A generator against a discriminator: one step, and the tricks that all GANs share."""

import dataclasses
from collections.abc import Sequence
from typing import ClassVar, Literal

import keras
import tensorflow as tf

from models import config, networks, objectives, optimizers, tricks
from models.base import Batch, Logs, Player, forward
from models.latent import LatentModel

BURST_STEPS, BURST_EVERY = 25, 500  # GAN_Theories and the code of WGAN's authors


class AdversarialModel(LatentModel):
    """A generator against a discriminator (or critic), on noise.

    A GAN gives `real_loss` and `fake_loss`, whose sum its discriminator minimises, and
    `generator_loss`; where that does not say it, `penalty`, `judge` or more.
    """

    @dataclasses.dataclass(frozen=True)
    class Config(LatentModel.Config):
        """What every GAN has; the defaults are tf.gans-comparison's."""

        net: Literal[*networks.CRITICS] = "dcgan"
        d_lr: float = 2e-4
        g_lr: float = 2e-4
        n_critic: int = 1  # discriminator updates per step
        fresh_x: bool = True  # each of them on its own minibatch
        fresh_z: bool = False  # the generator's update draws its own z
        critic_burst: int = 1  # discriminator updates in steps < 25 and every 500th
        simultaneous: bool = False  # both gradients before either update
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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        c = self.config
        self.seat(*networks.create(self.NETS[c.net], self.image_shape, c))

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

    @property
    def step(self) -> tf.Tensor:
        """Finished steps: generator updates."""
        return self.players["generator"].optimizer.iterations.value

    # Objectives.

    def real_loss(self, verdicts: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss on its verdicts of real images."""
        raise NotImplementedError

    def fake_loss(self, verdicts: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss on its verdicts of fake images."""
        raise NotImplementedError

    def generator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """What the generator minimises on `image` and `z`, and its parts."""
        raise NotImplementedError

    def penalty(
        self, batch: Batch, real: tf.Tensor, fake: tf.Tensor
    ) -> tuple[tf.Tensor | float, Logs]:
        """A further term of the discriminator's loss, on the images that it sees."""
        return 0.0, {}

    def average(self, verdicts: tf.Tensor) -> tf.Tensor:
        """One number for a batch of verdicts."""
        return objectives.batch_mean(verdicts)

    def discriminator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """real_loss + fake_loss (+ penalty), and its parts.

        With `label_smoothing` s a real image counts 1 - s as real and s as fake, which
        for a cross-entropy is the label 1 - s (Salimans et al. 2016: one-sided).
        """
        c = self.config
        real, fake = self.seen(batch)
        real_verdicts, fake_verdicts = self.verdicts(*self.labelled(real, fake))
        loss_real = self.real_loss(real_verdicts)
        loss_fake = self.fake_loss(fake_verdicts)
        if s := c.label_smoothing:
            loss_real = (1 - s) * loss_real + s * self.fake_loss(real_verdicts)
        penalty, logs = self.penalty(batch, real, fake)
        return c.d_loss_scale * (loss_real + loss_fake) + penalty, {
            "d_loss_real": loss_real,
            "d_loss_fake": loss_fake,
            "d_real": self.average(real_verdicts),
            "d_fake": self.average(fake_verdicts),
            **logs,
        }

    # What the networks see and say.

    def run(self, network: keras.Model, x: tf.Tensor, move_averages: bool = False):
        """`forward`; the averages move in every pass if the Config says so."""
        return forward(network, x, move_averages or self.config.moving == "always")

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
        fake = self.run(self.generator, batch["z"])
        return self.noisy(batch["image"]), self.noisy(fake)

    def labelled(self, real: tf.Tensor, fake: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What counts as real and what as fake, by `flip_labels`."""
        return tricks.flip_labels(self.rng, real, fake, self.config.flip_labels)

    def generated(self, batch: Batch) -> tf.Tensor:
        """Fake images as the generator's update sees them; its averages move."""
        return self.noisy(self.run(self.generator, batch["z"], move_averages=True))

    def noisy(self, images: tf.Tensor) -> tf.Tensor:
        """Images with what is left of the instance noise."""
        c, rng = self.config, self.rng
        decay = self.step, c.instance_noise_steps
        return tricks.instance_noise(rng, images, c.instance_noise, *decay)

    # Updates.

    def before_discriminator_update(self) -> None:
        """Runs before each discriminator update."""

    def after_discriminator_update(self, logs: Logs) -> Logs:
        """Runs after each discriminator update (clipping); may add to its logs."""
        return {}

    def after_generator_update(self) -> None:
        """Moves the generator's average."""
        if decay := self.config.ema:
            average = self.networks["generator_ema"]
            tricks.move_average(average, self.generator, decay)

    def discriminator_step(self, batch: Batch) -> Logs:
        """One discriminator update."""
        player = self.players["discriminator"]
        self.before_discriminator_update()
        loss, logs = player.minimize(self.discriminator_loss, batch)
        logs = {"d_loss": loss, **logs}
        return logs | self.after_discriminator_update(logs)

    def generator_step(self, batch: Batch) -> Logs:
        """One generator update."""
        loss, logs = self.players["generator"].minimize(self.generator_loss, batch)
        self.after_generator_update()
        return {"g_loss": loss, **logs}

    def simultaneous_step(self, batch: Batch) -> Logs:
        """Both updates, from gradients at the same weights."""
        g_batch = {**batch, "z": self.latent(batch)} if self.config.fresh_z else batch
        d_player, g_player = self.players["discriminator"], self.players["generator"]
        self.before_discriminator_update()
        d_found = d_player.gradients(self.discriminator_loss, batch)
        g_found = g_player.gradients(self.generator_loss, g_batch)
        d_player.optimizer.apply(d_found[0])
        g_player.optimizer.apply(g_found[0])
        logs = {"d_loss": d_found[1], **d_found[2]}
        logs |= self.after_discriminator_update(logs)
        self.after_generator_update()
        return logs | {"g_loss": g_found[1], **g_found[2]}

    @property
    def batches_per_step(self) -> int:
        return self.config.n_critic if self.config.fresh_x else 1

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        c = self.config
        logs = self.decay_rates(self.step)
        if not c.fresh_x:
            batches = [*batches] * c.n_critic
        for batch in batches[: -1 if c.simultaneous else None]:
            batch = self.prepared(batch)
            logs |= self.discriminator_step(batch)
        if c.simultaneous:
            return logs | self.simultaneous_step(self.prepared(batches[-1]))
        if c.fresh_z:
            batch = {**batch, "z": self.latent(batch)}
        return logs | self.generator_step(batch)

    # Extra discriminator updates.

    @property
    def burst(self) -> int:
        """How many updates a burst has beyond `n_critic`."""
        return max(0, self.config.critic_burst - self.config.n_critic)

    def extra_batches(self) -> tf.Tensor | None:
        if not self.burst:
            return None
        due = (self.step < BURST_STEPS) | ((self.step + 1) % BURST_EVERY == 0)
        return tf.where(due, self.burst, 0)

    def extra_step(self, batch: Batch) -> None:
        self.decay_rates(self.step)
        self.discriminator_step(self.prepared(batch))

    def batches_before(self, step: int) -> int:
        bursts = min(step, BURST_STEPS) + step // BURST_EVERY
        return step * self.batches_per_step + bursts * self.burst

    def scores(self, images: tf.Tensor) -> tf.Tensor:
        """The verdict on each image in training mode, [B]."""
        with keras.StatelessScope():
            return tf.reshape(self.judge(images), [-1])

    def histograms(self, batch: Batch) -> Logs:
        real = self.inward(batch["image"])
        fake = forward(self.generator, self.probe(batch))
        return {"scores_real": self.scores(real), "scores_fake": self.scores(fake)}
