"""What a model is: networks, players and objectives behind one train_step."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

Batch = dict[str, tf.Tensor]
Logs = dict[str, tf.Tensor]


def forward(network: keras.Model, x: tf.Tensor, move_averages: bool = False):
    """`network(x)` with batch statistics; its moving averages stay unless asked for.

    tf.gans-comparison moves a network's averages once per step: G's in the generator's
    update, D's on the real batch alone, though D sees two.
    """
    if move_averages:
        return network(x, training=True)
    with keras.StatelessScope():  # drops the assignments made inside
        return network(x, training=True)


def size(batch: Batch | int) -> int | tf.Tensor:
    """Number of examples in a batch; a number stands for itself."""
    if isinstance(batch, int):
        return batch
    rows = next(iter(batch.values()))
    return tf.shape(rows)[0] if rows.shape[0] is None else rows.shape[0]


class Player:
    """One optimizer and the networks that it moves."""

    def __init__(self, *networks: keras.Model, optimizer: keras.optimizers.Optimizer):
        self.variables = [v for net in networks for v in net.trainable_variables]
        self.optimizer = optimizer
        # A slot that does not exist yet is silently missing from a checkpoint.
        self.optimizer.build(self.variables)

    def minimize(
        self, objective: Callable[[Batch], tuple[tf.Tensor, Logs]], batch: Batch
    ) -> tuple[tf.Tensor, Logs]:
        """One update; returns what `objective(batch)` returned before it."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        with tf.GradientTape() as tape:
            loss, logs = objective(batch)
            share = loss / replicas  # tf.distribute adds the gradients up
        self.optimizer.apply(tape.gradient(share, self.variables))
        return loss, logs


class GenerativeModel(keras.Model):
    """Networks, the players that move them, and one step of their training.

    Images are float [B, H, W, C] in [-1, 1]. Subclasses create `networks`, then
    `players`; a checkpoint holds both, with `rng` and `extras()`.
    """

    @dataclasses.dataclass(frozen=True)
    class Config:
        """Hyper-parameters; every field is an option of train.py's --set."""

    reads: ClassVar[tuple[str, ...]] = ("image",)
    least_batch: ClassVar[int] = 1
    networks: dict[str, keras.Model]
    players: dict[str, Player]

    def __init__(
        self, image_shape: Sequence[int], num_classes: int, seed: int, config: Config
    ):
        super().__init__()
        self.image_shape = tuple(image_shape)
        self.num_classes = num_classes
        self.seed = seed
        self.config = config
        self.rng = tf.random.Generator.from_seed(seed, alg="philox")

    @property
    def batches_per_step(self) -> int:
        """Minibatches that one `train_step` takes."""
        return 1

    def latent(self, batch: Batch | int) -> tf.Tensor:
        """Random inputs for a batch, drawn from `rng`."""
        raise NotImplementedError

    def probe(self, batch: Batch | int) -> tf.Tensor:
        """The fixed inputs whose picture is drawn through a whole run."""
        raise NotImplementedError

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        """One step; returns named scalars."""
        raise NotImplementedError

    def histograms(self, batch: Batch) -> Logs:
        """Named tensors whose distribution is worth watching."""
        return {}

    def extras(self) -> dict[str, tf.Variable]:
        """Further state that a checkpoint must hold, by name."""
        return {}


class AdversarialModel(GenerativeModel):
    """A generator against a discriminator (or critic), on noise."""

    @dataclasses.dataclass(frozen=True)
    class Config(GenerativeModel.Config):
        """What every GAN has; the defaults are tf.gans-comparison's."""

        z_dim: int = 100
        n_critic: int = 1  # discriminator updates per step, each on a fresh minibatch
        fresh_z: bool = False  # the generator's update draws its own z
        g_width: float = 1.0  # factor on the generator's filters
        d_width: float = 1.0  # factor on the discriminator's filters

    @property
    def batches_per_step(self) -> int:
        return self.config.n_critic

    @property
    def generator(self) -> keras.Model:
        """From z to images."""
        return self.networks["generator"]

    @property
    def discriminator(self) -> keras.Model:
        """From images to what the paper's discriminator puts out."""
        return self.networks["discriminator"]

    def seat(
        self,
        *,
        generator: keras.Model,
        discriminator: keras.Model,
        g_optimizer: keras.optimizers.Optimizer,
        d_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Gives each network its player."""
        self.networks = {"generator": generator, "discriminator": discriminator}
        self.players = {
            "generator": Player(generator, optimizer=g_optimizer),
            "discriminator": Player(discriminator, optimizer=d_optimizer),
        }

    def latent(self, batch: Batch | int) -> tf.Tensor:
        shape = (size(batch), self.config.z_dim)
        return self.rng.normal(shape, dtype=keras.config.floatx())

    def probe(self, batch: Batch | int) -> tf.Tensor:
        shape = (size(batch), self.config.z_dim)
        # One stream: the first rows are the same however many are asked for.
        z = np.random.default_rng(self.seed).standard_normal(shape)
        return tf.constant(z, keras.config.floatx())

    def call(self, probe: tf.Tensor) -> tf.Tensor:
        """Images for a probe, with moving averages, clipped to [-1, 1]."""
        return tf.clip_by_value(self.generator(probe, training=False), -1.0, 1.0)

    def discriminator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """What the discriminator minimises on `image` and `z`, and its parts."""
        raise NotImplementedError

    def generator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """What the generator minimises on `image` and `z`, and its parts."""
        raise NotImplementedError

    def scores(self, images: tf.Tensor) -> tf.Tensor:
        """The discriminator's verdict on each image in training mode, [B]."""
        return tf.reshape(forward(self.discriminator, images), [-1])

    def after_discriminator_update(self) -> None:
        """Runs after each discriminator update (clipping)."""

    def discriminator_step(self, batch: Batch) -> Logs:
        """One discriminator update."""
        loss, logs = self.players["discriminator"].minimize(
            self.discriminator_loss, batch
        )
        self.after_discriminator_update()
        return {"d_loss": loss, **logs}

    def generator_step(self, batch: Batch) -> Logs:
        """One generator update."""
        loss, logs = self.players["generator"].minimize(self.generator_loss, batch)
        return {"g_loss": loss, **logs}

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        logs: Logs = {}
        for batch in batches:
            batch = {**batch, "z": self.latent(batch)}
            logs |= self.discriminator_step(batch)
        if self.config.fresh_z:
            batch = {**batch, "z": self.latent(batch)}
        return logs | self.generator_step(batch)

    def histograms(self, batch: Batch) -> Logs:
        fake = forward(self.generator, self.probe(batch))
        return {"d_real": self.scores(batch["image"]), "d_fake": self.scores(fake)}
