"""A random network as extractor, for sets without labels: no download, no training.

Random convolutions keep much of what tells images apart (Saxe et al. 2011, "On random
weights and unsupervised feature learning"), and distances between sets of images can be
measured with them where ImageNet's classes mean nothing (Naeem et al. 2020,
https://arxiv.org/abs/2002.09797, section 3.4). FIDs of this extractor compare with
others of the same extractor alone, image size and channels included.
"""

from __future__ import annotations

import math

import keras
import numpy as np

from evaluation.features import extractor

SEED = 0
LARGEST, SMALLEST = 64, 4  # px: larger images are averaged, smaller maps flattened
FILTERS, MOST_FILTERS, FEATURES = 32, 128, 128


def create(shape: tuple[int, int, int]) -> extractor.Network:
    """The extractor for images of a shape; the same bits wherever it is made."""
    known = network(shape)
    rng = np.random.RandomState(SEED)  # NumPy promises that its stream never changes
    known.set_weights([drawn(rng, weight.shape) for weight in known.weights])
    return extractor.Network(
        "random",
        known,
        extractor.digest(known.get_weights()),
        f"random convolutions (seed {SEED})",
    )


def drawn(rng: np.random.RandomState, shape: tuple[int, ...]) -> np.ndarray:
    """U(-b, b) with b = sqrt(6 / fan_in), He et al. 2015, by exactly rounded steps."""
    bound = math.sqrt(6 / math.prod(shape[:-1]))
    return ((2 * rng.random_sample(shape) - 1) * bound).astype("float32")


@extractor.full_precision()
def network(shape: tuple[int, int, int]) -> keras.Model:
    """From images [n, H, W, C] to `features` [n, FEATURES], a random projection."""
    layers, side, filters = keras.layers, shape[0], FILTERS
    images = x = keras.Input(shape)
    if (factor := side // LARGEST) > 1:
        x, side = layers.AveragePooling2D(factor)(x), side // factor
    while side > SMALLEST:
        x = layers.Conv2D(
            filters, 3, padding="same", activation="relu", use_bias=False
        )(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
        side, filters = -(-side // 2), min(2 * filters, MOST_FILTERS)
    x = layers.Dense(FEATURES, use_bias=False)(layers.Flatten()(x))
    return keras.Model(images, {"features": x})
