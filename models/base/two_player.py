"""Generator G and discriminator D: nets, optimizers, passes, and what is shown of them.

What trains them, and on what loss, `adversarial` and the papers say.
"""

import dataclasses
from typing import Any, ClassVar, Literal

import keras
import tensorflow as tf

from models import networks
from models.base import config, optimizers, schedule, tricks
from models.base.critic import Critic
from models.base.generative import (
    Batch,
    Logs,
    Player,
    fixed_noise,
    forward,
    reseed,
)
from models.base.latent import LatentModel


class TwoPlayerModel(LatentModel):
    """A generator G and a discriminator (or critic) D of its images."""

    @dataclasses.dataclass(frozen=True)
    class Config(LatentModel.Config):
        """What every GAN has; the defaults are tf.gans-comparison's."""

        net: Literal[*networks.CRITICS] = "dcgan"
        d_lr: float = 2e-4
        g_lr: float = 2e-4
        d_loss_scale: float = 1.0  # factor on real_loss + fake_loss
        moving: Literal["once", "always"] = (
            "once"  # how often batch norm's averages move
        )
        ema: float = config.below_one(0.0)  # decay of G's moving average; 0: none
        # schedule.Schedule.
        n_critic: int = config.size(1, 30)  # D's updates per step (TensorFlow: 32)
        fresh_x: bool = True  # each of them on its own minibatch
        fresh_z: bool = False  # G's update draws its own z
        critic_burst: int = config.size(1, 1000)  # D's, in steps < 25 and every 500th
        burst_at: Literal[*schedule.BURST_AT] = config.later("500th")
        simultaneous: bool = False  # both gradients before either update
        # tricks.Tricks, off by default.
        label_smoothing: float = config.below_one(0.0)  # of the real images' label
        flip_labels: float = config.below_one(0.0)  # chance of a wrong label
        instance_noise: float = 0.0  # standard deviation at the start
        instance_noise_steps: int = 10_000  # linearly to 0 over these
        joint: bool = False  # real and fake images in one batch

    NETS: ClassVar[dict[str, networks.Nets]] = networks.CRITICS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        c = self.config
        self.schedule = schedule.Schedule(c)
        self.tricks = tricks.Tricks(c)
        self.critic = self.create_critic()

        generator, discriminator = networks.create(
            self.NETS[c.net],
            self.image_shape,
            c,
            self.inputs,
            condition=self.critic.condition,
            outputs=self.critic.outputs,
        )
        self.networks = {"generator": generator, "discriminator": discriminator}
        if c.ema:
            average = keras.models.clone_model(generator)
            average.set_weights(generator.get_weights())
            self.networks["generator_ema"] = average

        g_optimizer = optimizers.create(c, c.g_lr)
        d_optimizer = optimizers.create(c, c.d_lr)
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
        """Finished steps: G's updates."""
        return self.players["generator"].optimizer.iterations.value

    def create_critic(self) -> Critic:
        """Returns what D reads and what its output means; here a number per image."""
        return Critic()

    # Passes.

    def d(self, images: tf.Tensor, move_averages: bool = False) -> Any:
        """Returns what D says of images as it sees them, in training mode."""
        outputs = self.run(self.discriminator, images, move_averages)
        return self.critic.interpret(images, outputs)

    def as_d_sees(self, images: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Returns images with their noise, and with what else D is told of them."""
        noisy = self.tricks.add_noise(images, self.step, self.rng)
        return self.critic.read(noisy, batch)

    def run(self, network: keras.Model, x: tf.Tensor, move_averages: bool = False):
        """Returns network(x) in training mode, under dropout masks of `rng`.

        Batch norm's averages move if asked for, or in every pass by `moving`.
        """
        reseed(network, self.rng)
        moves = move_averages or self.config.moving == "always"
        return forward(network, x, moves)

    def decay_rates(self) -> Logs:
        """Sets both learning rates for this step; returns those that change."""
        c = self.config
        return schedule.decay_exponentially(
            self.players, self.step, c.lr_decay, c.lr_decay_steps, c.lr_floor
        )

    # Pictures.

    def histograms(self, batch: Batch) -> Logs:
        """Returns D's scores of real and fake images, [B]; the run's noise stays."""
        rng = fixed_noise(self.seed)

        def passed(network: keras.Model, x: tf.Tensor):
            reseed(network, rng)
            return forward(network, x)

        def scores(images: tf.Tensor) -> tf.Tensor:
            read = self.critic.read(images, batch)
            outputs = passed(self.discriminator, read)
            return self.critic.score(self.critic.interpret(read, outputs))

        fake = passed(self.generator, self.probe(batch))
        real = self.inward(batch["image"])
        return {"scores_real": scores(real), "scores_fake": scores(fake)}

    def reconstruct(self, images: tf.Tensor) -> tf.Tensor | None:
        if not self.critic.autoencodes:
            return None
        outputs = self.sampled(self.discriminator, self.inward(images))
        return self.outward(self.critic.reconstruction(outputs))
