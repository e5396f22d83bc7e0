"""What a model is: networks, players and objectives behind one train_step."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import keras
import numpy as np
import tensorflow as tf

from models import layers, optimizers, tricks

Batch = dict[str, tf.Tensor]
Logs = dict[str, tf.Tensor]
Pixels = Literal["signed", "unit", "stretched"]


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
        self.learning_rate = float(optimizer.learning_rate.numpy())
        # A slot that does not exist yet is silently missing from a checkpoint.
        self.optimizer.build(self.variables)

    def gradients(
        self, objective: Callable[[Batch], tuple[tf.Tensor, Logs]], batch: Batch
    ) -> tuple[list[tf.Tensor], tf.Tensor, Logs]:
        """Gradients of `objective(batch)`, and what it returned."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        with tf.GradientTape() as tape:
            loss, logs = objective(batch)
            share = loss / replicas  # tf.distribute adds the gradients up
        return tape.gradient(share, self.variables), loss, logs

    def minimize(
        self, objective: Callable[[Batch], tuple[tf.Tensor, Logs]], batch: Batch
    ) -> tuple[tf.Tensor, Logs]:
        """One update; returns what `objective(batch)` returned before it."""
        gradients, loss, logs = self.gradients(objective, batch)
        self.optimizer.apply(gradients)
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
    averaged = False  # whether `call` uses the averaged generator, where there is one

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

    def extra_batches(self) -> tf.Tensor | None:
        """How many more minibatches go to `extra_step` before this step; None: never.

        Scalar int32, read while the step runs.
        """
        return None

    def extra_step(self, batch: Batch) -> None:
        """What is done with one of the extra minibatches."""
        raise NotImplementedError

    def batches_before(self, step: int) -> int:
        """Minibatches that the first `step` steps take, with the extra ones."""
        return step * self.batches_per_step

    def latent(self, batch: Batch | int) -> tf.Tensor:
        """Random inputs for a batch, drawn from `rng`."""
        raise NotImplementedError

    def probe(self, batch: Batch | int) -> tf.Tensor:
        """The fixed inputs whose picture is drawn through a whole run."""
        raise NotImplementedError

    @property
    def prior(self) -> str:
        """What `probe` is drawn from; models that agree in it can share their probe."""
        raise NotImplementedError

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        """One step; returns named scalars."""
        raise NotImplementedError

    def reconstruct(self, images: tf.Tensor) -> tf.Tensor | None:
        """What an autoencoder in it makes of images in [-1, 1]; None without one."""
        return None

    def histograms(self, batch: Batch) -> Logs:
        """Named tensors whose distribution is worth watching."""
        return {}

    def extras(self) -> dict[str, tf.Variable]:
        """Further state that a checkpoint must hold, by name."""
        return {}


class LatentModel(GenerativeModel):
    """A generator of images from noise, whatever trains it."""

    @dataclasses.dataclass(frozen=True)
    class Config(GenerativeModel.Config):
        """Noise, pixels, nets and optimizer; the defaults are tf.gans-comparison's."""

        z_dim: int = 100
        z: tricks.Prior = "normal"  # tricks.latents
        pixels: Pixels = "signed"  # see `inward`
        output: Literal["own", "tanh", "sigmoid", "linear"] = "own"  # G's last layer
        g_width: float = 1.0  # factor on the generator's filters
        d_width: float = 1.0  # factor on the discriminator's (or encoder's) filters
        g_norm: layers.Norm = "own"
        d_norm: layers.Norm = "own"
        init: layers.Init = "glorot"
        bn_gamma: layers.Gamma = "ones"
        bn_momentum: float = 0.99
        bn_epsilon: float = 1e-5
        sampling: Literal["moving", "batch"] = "moving"  # batch norm in `call`
        optimizer: optimizers.Form = "adam"
        beta_1: float = 0.5
        beta_2: float = 0.999
        rho: float = 0.9  # RMSProp's decay
        accumulator: float = 1.0  # where RMSProp's mean square starts; TF 1: 1
        lr_decay: float = 1.0  # factor on the learning rates ...
        lr_decay_steps: int = 3000  # ... after each so many steps ...
        lr_floor: float = 0.0  # ... down to this

    @property
    def generator(self) -> keras.Model:
        """From z to images."""
        return self.networks["generator"]

    def latent(self, batch: Batch | int) -> tf.Tensor:
        shape, dtype = (size(batch), self.config.z_dim), keras.config.floatx()
        return tricks.latents(self.rng, shape, self.config.z, dtype)

    def probe(self, batch: Batch | int) -> tf.Tensor:
        shape, dtype = (size(batch), self.config.z_dim), keras.config.floatx()
        # One stream: the first rows are the same however many are asked for.
        rng = np.random.default_rng(self.seed)
        return tf.constant(tricks.fixed_latents(rng, shape, self.config.z), dtype)

    @property
    def prior(self) -> str:
        return f"{self.config.z} {self.config.z_dim}"

    def inward(self, images: tf.Tensor) -> tf.Tensor:
        """From [-1, 1] to the range that the networks work in, by `pixels`.

        `signed`: as they are; `unit`: [0, 1]; `stretched`: each image's own minimum and
        maximum to 0 and 1, as GAN_Theories' resizing of floats did.
        """
        if self.config.pixels == "signed":
            return images
        if self.config.pixels == "unit":
            return (images + 1) / 2
        low = tf.reduce_min(images, axis=[1, 2, 3], keepdims=True)
        high = tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)
        return tf.math.divide_no_nan(images - low, high - low)

    def outward(self, images: tf.Tensor) -> tf.Tensor:
        """From the networks' range to [-1, 1], clipped."""
        if self.config.pixels != "signed":
            images = 2 * images - 1
        return tf.clip_by_value(images, -1.0, 1.0)

    def prepared(self, batch: Batch) -> Batch:
        """A minibatch with images in the networks' range, and its noise as `z`."""
        image = self.inward(batch["image"])
        return {**batch, "image": image, "z": self.latent(batch)}

    def call(self, probe: tf.Tensor) -> tf.Tensor:
        """Images in [-1, 1] for a probe; the averages are moving ones, by `sampling`.

        With statistics of the batch an image depends on those beside it.
        """
        net = self.networks["generator_ema"] if self.averaged else self.generator
        if self.config.sampling == "batch":
            return self.outward(forward(net, probe))
        return self.outward(net(probe, training=False))

    def decay_rates(self, step: tf.Tensor) -> Logs:
        """Sets each player's rate to max(floor, rate * decay^floor(step / steps))."""
        c, logs = self.config, {}
        if c.lr_decay == 1.0:
            return logs
        for name, player in self.players.items():
            power = tf.cast(step // c.lr_decay_steps, tf.float64)
            rate = player.learning_rate * tf.constant(c.lr_decay, tf.float64) ** power
            rate = tf.cast(tf.maximum(rate, c.lr_floor), keras.config.floatx())
            player.optimizer.learning_rate.assign(rate)
            logs["lr" if len(self.players) == 1 else f"{name[0]}_lr"] = rate
        return logs
