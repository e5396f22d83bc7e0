"""The convolutional network of the classifier and of the random extractor."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import keras

from evaluation.features import extractor

LARGEST_SIDE = 64  # px: larger images are averaged to about this first
SMALLEST_MAP = 4  # px: maps of this side or less are flattened
MOST_FILTERS = 128
FEATURE_COUNT = 128  # d
DROPOUT = 0.3


@extractor.full_precision()
def build(
    shape: tuple[int, int, int],
    *,
    filters: int,
    batch_norm: bool,
    activation: str | None,
    outputs: int = 0,
    seed: int = 0,
) -> keras.Model:
    """Builds a float32 network from images [n, H, W, C] to `features` [n, d].

    Args:
        shape: of an image, H = W.
        filters: of the first convolution; they double with each halving of the maps.
        batch_norm: whether one follows each convolution.
        activation: of the features; None makes them a projection without bias.
        outputs: number of `logits`, [n, outputs]; the network has none where it is 0.
        seed: of the first layer's weights; each later layer has the next number.
    """
    layers = keras.layers
    seeds = itertools.count(seed)
    images = keras.Input(shape)
    maps = convolve(images, filters, batch_norm, seeds)
    features = layers.Dense(
        FEATURE_COUNT,
        activation,
        use_bias=activation is not None,
        kernel_initializer=keras.initializers.HeNormal(next(seeds)),
    )(layers.Flatten()(maps))
    if not outputs:
        return keras.Model(images, {"features": features})

    weights = keras.initializers.GlorotUniform(next(seeds))
    x = layers.Dropout(DROPOUT, seed=next(seeds))(features)
    logits = layers.Dense(outputs, kernel_initializer=weights)(x)
    return keras.Model(images, {"features": features, "logits": logits})


def convolve(
    images: keras.KerasTensor, filters: int, batch_norm: bool, seeds: Iterator[int]
) -> keras.KerasTensor:
    """Applies 3x3 convolutions, each halved by max-pooling, down to SMALLEST_MAP.

    Images larger than LARGEST_SIDE are averaged to about that first.
    """
    layers = keras.layers
    x, side = images, images.shape[1]
    factor = side // LARGEST_SIDE
    if factor > 1:
        x = layers.AveragePooling2D(factor)(x)
        side //= factor

    while side > SMALLEST_MAP:
        weights = keras.initializers.HeNormal(next(seeds))
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer=weights
        )(x)
        if batch_norm:
            x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.MaxPooling2D(2, padding="same")(layers.ReLU()(x))
        side = -(-side // 2)  # [n, side, side, filters]
        filters = min(2 * filters, MOST_FILTERS)
    return x
