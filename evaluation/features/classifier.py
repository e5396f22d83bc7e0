"""A classifier of a dataset's classes and attributes, and the features that it sees.

Trained once for a converted dataset, always in the same way, and kept beside the
shards. What it says is as good as its accuracy on examples that it was not trained on,
so that stands beside all that it says. Of a dataset that has nothing to tell apart it
is the network as it is initialised: random convolutions.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from datasets.info import Info
from evaluation import training_data
from evaluation.features import extractor

SEED = 0  # of its own: the process's generators stay as they are
LARGEST, SMALLEST = 64, 4  # px: larger images are averaged, smaller maps flattened
FILTERS, MOST_FILTERS, FEATURES = 16, 128, 128
DROPOUT = 0.3


class Score(NamedTuple):
    """How often it is right on held-out examples, and the commonest answer would be."""

    accuracy: float
    commonest: float


class Classifier:
    """Tells classes and attributes of images; `names` has the ones, then the others.

    `scores` has one for all classes together, as "classes", and one per attribute;
    without any it has not been trained.
    """

    def __init__(self, info: Info):
        self.classes = info.classes if len(info.classes) > 1 else ()
        self.names = (*self.classes, *info.attributes)
        self.network = network(info.shape, len(self.names))
        self.scores: dict[str, Score] = {}

    @property
    def description(self) -> str:
        """What it is, and how good."""
        if not self.scores:
            return "random convolutions"
        accuracy = 100 * np.mean([score.accuracy for score in self.scores.values()])
        of = f", mean of {len(self.scores)}" if len(self.scores) > 1 else ""
        return f"classifier (held-out accuracy {accuracy:.1f} %{of})"

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Of each name in images [n, H, W, C]: [n, names]; the classes' add up to 1."""
        logits = self.seen(images, "logits")
        c = len(self.classes)
        return np.concatenate(
            [tf.nn.softmax(logits[:, :c]), tf.nn.sigmoid(logits[:, c:])], axis=1
        )

    def features(self, images: np.ndarray) -> np.ndarray:
        """What the last layer but one makes of images [n, H, W, C]: [n, FEATURES]."""
        return self.seen(images, "features")

    def seen(self, images: np.ndarray, output: str) -> np.ndarray:
        """An output of the network for any number of images."""
        starts = range(0, len(images), training_data.AT_ONCE)
        portions = [images[start : start + training_data.AT_ONCE] for start in starts]
        return np.concatenate(
            [self.network(x, training=False)[output].numpy() for x in portions]
        )

    def answers(self, probabilities: np.ndarray) -> np.ndarray:
        """Which names hold, bool [n, names]: the likeliest class, likely attributes."""
        c = len(self.classes)
        holds = probabilities > 0.5
        if c:
            holds[:, :c] = np.eye(c, dtype=bool)[probabilities[:, :c].argmax(axis=1)]
        return holds


@extractor.full_precision()
def network(shape: tuple[int, int, int], outputs: int) -> keras.Model:
    """From images [n, H, W, C] to `features` and, of names, `logits` [n, outputs]."""
    layers, side, filters, seed = keras.layers, shape[0], FILTERS, SEED
    images = x = keras.Input(shape)
    if factor := side // LARGEST:
        x, side = layers.AveragePooling2D(factor)(x), side // factor
    while side > SMALLEST:
        weights, seed = keras.initializers.HeNormal(seed), seed + 1
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer=weights
        )(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.MaxPooling2D(2, padding="same")(x)
        side, filters = -(-side // 2), min(2 * filters, MOST_FILTERS)
    weights = keras.initializers.HeNormal(seed)
    x = layers.Flatten()(x)
    x = layers.Dense(FEATURES, activation="relu", kernel_initializer=weights)(x)
    seen = {"features": x}
    if outputs:
        weights = keras.initializers.GlorotUniform(seed + 1)
        x = layers.Dropout(DROPOUT, seed=seed + 2)(x)
        seen["logits"] = layers.Dense(outputs, kernel_initializer=weights)(x)
    return keras.Model(images, seen)
