"""What a model is: networks, players and objectives behind one train_step."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import keras
import numpy as np
import tensorflow as tf

from models.base import codes
from models.base.keras_model import KerasModel, Logs
from models.base.minibatches import Batch

POINT = (1, 1, 2)  # the shape of a point of the plane


def forward(network: keras.Model, x: tf.Tensor, move_averages: bool = False):
    """Returns network(x) with batch statistics; moves its averages if `move_averages`.

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
    """Returns a generator for pictures: always the same, and not the run's own."""
    return tf.random.Generator.from_seed(seed, alg="philox")


def size(batch: Batch | int) -> int | tf.Tensor:
    """Returns the batch size of batch, or batch itself if it is an int."""
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
        """Returns a loss's gradients: this replica's share, which apply() adds up."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return tape.gradient(loss, self.variables, tf.ones_like(loss) / replicas)

    def apply(self, gradients: list[tf.Tensor]) -> None:
        """Moves the networks by gradients of all replicas."""
        self.optimizer.apply(gradients)

    def descend(self, tape: tf.GradientTape, loss: tf.Tensor) -> None:
        """Moves the networks by the gradient of a loss that the tape has recorded."""
        self.apply(self.gradients(tape, loss))

    def minimize(
        self, objective: Callable[[Batch], tuple[tf.Tensor, Logs]], batch: Batch
    ) -> tuple[tf.Tensor, Logs]:
        """Moves the networks once; returns objective(batch) as it was before."""
        with tf.GradientTape() as tape:
            loss, logs = objective(batch)
        self.descend(tape, loss)
        return loss, logs


class GenerativeModel(KerasModel):
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
        self,
        image_shape: Sequence[int],
        num_classes: int,
        seed: int,
        config: Config,
        averaged: bool = False,
    ):
        """Args are those of models.create, with its overrides in `config`."""
        super().__init__()
        self.built = True  # its networks are, when it is; Keras asks before it saves
        self.image_shape = tuple(image_shape)
        self.num_classes = num_classes
        self.seed = seed
        self.config = config
        self.averaged = averaged  # whether `call` uses the generator's moving average
        self.rng = tf.random.Generator.from_seed(seed, alg="philox")

    @property
    def kind(self) -> Literal["images", "points", "translations"]:
        """What it makes: images or points [B, 1, 1, 2] from noise, or translations."""
        if self.directions:
            return "translations"
        return "points" if self.image_shape == POINT else "images"

    @property
    def parameters(self) -> dict[str, int]:
        """Trained numbers of each network; averages are none."""
        trained = {id(v) for p in self.players.values() for v in p.variables}
        return {
            name: sum(v.shape.num_elements() for v in own)
            for name, network in self.networks.items()
            if (own := [v for v in network.trainable_variables if id(v) in trained])
        }

    # Training.

    @property
    def paced(self) -> bool:
        """Whether its steps depend on `total_steps`."""
        return False

    @property
    def batches_per_step(self) -> int:
        """Minibatches that one `train_step` takes."""
        return 1

    def extra_batches(self) -> tf.Tensor | None:
        """Counts the minibatches for `extra_step` before this step; None: never any.

        Scalar int32, read while the step runs.
        """
        return None

    def extra_step(self, batch: Batch) -> None:
        """Learns from one of the extra minibatches."""
        raise NotImplementedError

    def batches_before(self, step: int) -> int:
        """Counts the minibatches that the first `step` steps take, extra ones too."""
        return step * self.batches_per_step

    def extras(self) -> dict[str, tf.Variable]:
        """Returns further state that a checkpoint must hold, by name."""
        return {}

    # Inputs and pictures.

    def latent(
        self, batch: Batch | int, rng: tf.random.Generator | None = None
    ) -> tf.Tensor:
        """Draws inputs for a batch, from the model's own `rng` by default."""
        raise NotImplementedError

    def sample(
        self, count: int, seed: int | None = None, labels: Sequence[int] | None = None
    ) -> np.ndarray:
        """Draws images, uint8 [count, H, W, C]; points as floats.

        Args:
            count: the first images are the same however many are drawn.
            seed: of the latents; None draws others in each call.
            labels: of the images, of a model that reads them; None: all in turn.

        Raises:
            ValueError: the model draws nothing from noise, or has no such labels.
        """
        raise NotImplementedError

    def probe(self, batch: Batch | int, seed: int | None = None) -> tf.Tensor:
        """Returns the fixed inputs whose picture is drawn through a whole run.

        Another `seed` than the run's gives others; the first rows are the same however
        many are asked for.
        """
        raise NotImplementedError

    @property
    def prior(self) -> str:
        """What `probe` is drawn from; models that agree in it can share their probe."""
        raise NotImplementedError

    @property
    def codes(self) -> tuple[codes.Code, ...]:
        """The parts of a probe that mean something, behind its noise."""
        return ()

    def pictures(self, batch: Batch) -> Logs:
        """Returns images by name that show a fixed batch's examples at this moment."""
        return {"samples": self(self.probe(batch))}

    def histograms(self, batch: Batch) -> Logs:
        """Returns tensors by name whose distribution is worth watching."""
        return {}

    def reconstruct(self, images: tf.Tensor) -> tf.Tensor | None:
        """Returns what an autoencoder in it makes of images; None without one."""
        return None

    # Translators.

    @property
    def directions(self) -> tuple[str, ...]:
        """What `translate` takes, of AtoB and BtoA; none: it is no translator."""
        return ()

    @property
    def multiple(self) -> int:
        """What height and width of an image to `translate` must be multiples of."""
        raise NotImplementedError

    def translate(self, images: tf.Tensor, direction: str) -> tf.Tensor:
        """Takes images [B, H, W, C] from one domain to the other."""
        raise NotImplementedError
