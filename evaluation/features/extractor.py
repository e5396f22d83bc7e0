"""The interface of feature extractors, and an extractor that is a Keras network."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

import keras
import numpy as np
import tensorflow as tf

IMAGES_PER_CALL = 32


class Features(NamedTuple):
    """An extractor's outputs for n images."""

    features: np.ndarray  # float32 [n, d]
    logits: np.ndarray | None  # float32 [n, classes]; None without classes


class Extractor(Protocol):
    """A function from images to features; every metric of them carries its name."""

    name: str  # inception, classifier or random
    digest: str  # SHA-256 of its weights, hexadecimal
    description: str  # with its accuracy where it has one
    dimensions: int  # d
    classes: tuple[str, ...]  # names of the logits; empty without, as Inception's

    def __call__(self, images: np.ndarray) -> Features:
        """Returns the features of float32 images [n, H, W, C] in [-1, 1].

        Any n: the memory of the network does not grow with it.
        """


class KerasExtractor:
    """An extractor that is a Keras network with the output `features`.

    The first `logits` columns of its output `logits` are of classes, which may have
    names. `prepare` turns images into the network's input.
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
        self.name = name
        self.network = network
        self.digest = digest
        self.description = description
        self.logits = logits
        self.classes = classes
        self.prepare = prepare

        self.dimensions: int = network.output["features"].shape[-1]
        # One trace for batches of any length.
        signature = [tf.TensorSpec(network.input_shape, "float32")]
        self.forward = tf.function(self._forward, signature, autograph=False)

    def _forward(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.network(images, training=False)

    def __call__(self, images: np.ndarray) -> Features:
        n = len(images)
        features = np.empty([n, self.dimensions], "float32")
        logits = np.empty([n, self.logits], "float32") if self.logits else None
        for start in range(0, n, IMAGES_PER_CALL):
            rows = slice(start, start + IMAGES_PER_CALL)
            outputs = self.forward(tf.cast(self.prepare(images[rows]), "float32"))
            features[rows] = outputs["features"]
            if logits is not None:
                logits[rows] = outputs["logits"][:, : self.logits]
        return Features(features, logits)


def digest(weights: Iterable[np.ndarray]) -> str:
    """Returns the SHA-256 of float32 arrays in their order, with their shapes."""
    sha256 = hashlib.sha256()
    for array in weights:
        sha256.update(str(array.shape).encode())
        sha256.update(array.astype("<f4").tobytes())
    return sha256.hexdigest()


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """Makes new layers float32 in the block, also beside a mixed-precision training."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
