"""What every feature extractor is, and one that is a Keras network."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

import keras
import numpy as np
import tensorflow as tf

PORTION = 32  # images at a time


class Seen(NamedTuple):
    """What an extractor makes of n images."""

    features: np.ndarray  # float32 [n, d]
    logits: np.ndarray | None  # float32 [n, classes]; None without classes


class Extractor(Protocol):
    """From images to features; part of the name of every number made of them."""

    name: str  # inception, classifier or random
    digest: str  # SHA-256 of its weights, hexadecimal
    description: str  # with its accuracy where it has one
    dimensions: int  # d
    classes: tuple[str, ...]  # names of the logits; empty without, as Inception's

    def __call__(self, images: np.ndarray) -> Seen:
        """Sees float32 images [n, H, W, C] in [-1, 1], any n; flat memory."""


class Network:
    """An extractor that is a Keras network with the output `features`.

    The first `logits` columns of its output `logits` are of classes, which may have
    names. `prepare` makes its input of images.
    """

    def __init__(
        self,
        name: str,
        network: keras.Model,
        digest: str,
        description: str,
        logits: int = 0,
        classes: tuple[str, ...] = (),
        prepare: Callable[[np.ndarray], np.ndarray] = np.asarray,
    ):
        self.name, self.digest, self.description = name, digest, description
        self.network, self.logits, self.classes = network, logits, classes
        self.prepare = prepare
        self.dimensions: int = network.output["features"].shape[-1]
        # One trace for portions of any length.
        signature = [tf.TensorSpec(network.input_shape, "float32")]
        self.see = tf.function(self._see, signature, autograph=False)

    def _see(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.network(images, training=False)

    def __call__(self, images: np.ndarray) -> Seen:
        n, c = len(images), self.logits
        features = np.empty([n, self.dimensions], "float32")
        logits = np.empty([n, c], "float32") if c else None
        for start in range(0, n, PORTION):
            portion = slice(start, start + PORTION)
            seen = self.see(tf.cast(self.prepare(images[portion]), "float32"))
            features[portion] = seen["features"]
            if logits is not None:
                logits[portion] = seen["logits"][:, :c]
        return Seen(features, logits)


def digest(weights: Iterable[np.ndarray]) -> str:
    """SHA-256 of float32 arrays in their order, with their shapes."""
    found = hashlib.sha256()
    for array in weights:
        found.update(str(array.shape).encode())
        found.update(array.astype("<f4").tobytes())
    return found.hexdigest()


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """Makes networks float32, also beside a training in another precision."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
