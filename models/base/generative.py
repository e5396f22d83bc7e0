"""What a model is: networks, players and objectives behind one train_step."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import ClassVar

import keras
import tensorflow as tf

from models.base import codes

Batch = dict[str, tf.Tensor]
Logs = dict[str, tf.Tensor]
POINT = (1, 1, 2)  # the shape of a point of the plane


def forward(network: keras.Model, x: tf.Tensor, move_averages: bool = False):
    """`network(x)` with batch statistics; its moving averages stay unless asked for.

    tf.gans-comparison moves a network's averages once per step: G's in the generator's
    update, D's on the real batch alone, though D sees two.
    """
    if move_averages:
        return network(x, training=True)
    with keras.StatelessScope():  # drops the assignments made inside
        return network(x, training=True)


def reseed(network: keras.Model, rng: tf.random.Generator) -> None:
    """Gives each dropout layer a seed from `rng`, which a checkpoint holds."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            state = layer.seed_generator.state
            seed = rng.uniform((2,), 0, 2**31 - 1, "int64")
            state.assign(tf.cast(seed, state.dtype))


def fixed_noise(seed: int) -> tf.random.Generator:
    """Noise for pictures, always the same: a run's own goes on as it was."""
    return tf.random.Generator.from_seed(seed, alg="philox")


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

    def gradients(self, tape: tf.GradientTape, loss: tf.Tensor) -> list[tf.Tensor]:
        """The slope of a loss; this replica's share, for tf.distribute adds them up."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return tape.gradient(loss, self.variables, tf.ones_like(loss) / replicas)

    def descend(self, tape: tf.GradientTape, loss: tf.Tensor) -> None:
        """One update by the gradient of a loss that the tape has seen."""
        self.optimizer.apply(self.gradients(tape, loss))

    def minimize(
        self, objective: Callable[[Batch], tuple[tf.Tensor, Logs]], batch: Batch
    ) -> tuple[tf.Tensor, Logs]:
        """One update; returns what `objective(batch)` returned before it."""
        with tf.GradientTape() as tape:
            loss, logs = objective(batch)
        self.descend(tape, loss)
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
    total_steps = 0  # of the whole run, set before its first; 0: not known
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
    def of_points(self) -> bool:
        """Whether its images are points of the plane, [B, 1, 1, 2]."""
        return self.image_shape == POINT

    @property
    def parameters(self) -> dict[str, int]:
        """How many numbers are trained in each network; averages are not."""
        trained = {id(v) for p in self.players.values() for v in p.variables}
        return {
            name: sum(v.shape.num_elements() for v in own)
            for name, network in self.networks.items()
            if (own := [v for v in network.trainable_variables if id(v) in trained])
        }

    @property
    def paced(self) -> bool:
        """Whether its steps depend on `total_steps`."""
        return False

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

    def probe(self, batch: Batch | int, seed: int | None = None) -> tf.Tensor:
        """The fixed inputs whose picture is drawn through a whole run.

        Another `seed` than the run's gives others; the first rows are the same however
        many are asked for.
        """
        raise NotImplementedError

    def pictures(self, batch: Batch) -> Logs:
        """Named batches of images that show a fixed batch's examples at this moment."""
        return {"samples": self(self.probe(batch))}

    @property
    def prior(self) -> str:
        """What `probe` is drawn from; models that agree in it can share their probe."""
        raise NotImplementedError

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        """One step; returns named scalars."""
        raise NotImplementedError

    @property
    def codes(self) -> tuple[codes.Code, ...]:
        """The parts of a probe that mean something, behind its noise."""
        return ()

    @property
    def directions(self) -> tuple[str, ...]:
        """What `translate` takes, of AtoB and BtoA; none: it is no translator."""
        return ()

    @property
    def multiple(self) -> int:
        """What height and width of an image to `translate` must be multiples of."""
        raise NotImplementedError

    def translate(self, images: tf.Tensor, direction: str) -> tf.Tensor:
        """Images [B, H, W, C] in [-1, 1] taken from one domain to the other."""
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
