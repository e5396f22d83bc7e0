"""A generator as a Keras model of built-in layers, which loads without any code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

SUFFIX = ".keras"
# From a GroupNormalization and its input to normalized values.
Normalize = Callable[[keras.layers.Layer, Any], Any]


def networks(model: Any) -> dict[str, keras.Model]:
    """Returns Keras models that draw or translate as `model` does, by file name.

    There are none where dropout stays on, whose mask a .keras file does not fix.
    """
    if model.kind == "translations":
        translators = {d: model.translator(d) for d in model.directions}
        if any(has_dropout(network) for network in translators.values()):
            return {}
        return {
            f"generator_{direction}{SUFFIX}": with_statistics(network, by_image)
            for direction, network in translators.items()
        }
    network = model.sampler
    if model.sampling == "batch":
        if has_dropout(network):
            return {}
        network = with_statistics(network, by_batch)
    return {f"generator{SUFFIX}": with_range(network, model.config.pixels)}


def has_dropout(network: keras.Model) -> bool:
    """Returns whether a network has dropout."""
    return any(isinstance(layer, keras.layers.Dropout) for layer in network.layers)


def with_range(network: keras.Model, pixels: str) -> keras.Model:
    """Returns a generator with images in [-1, 1], clipped.

    `pixels` is the model's option: the range of the images of `network`.
    """
    images = network.output
    if pixels != "signed":
        images = keras.layers.Rescaling(2.0, offset=-1.0)(images)
    images = keras.ops.clip(images, -1.0, 1.0)
    return keras.Model(network.input, images, name="generator")


def with_statistics(network: keras.Model, normalize: Normalize) -> keras.Model:
    """Returns a copy whose batch norms are `normalize(group_norm, x)`.

    Unlike batch norm in training mode that needs no argument where it is called, and
    moves no averages.
    """

    def call(layer: keras.layers.Layer, x: Any, **options: Any) -> Any:
        if not isinstance(layer, keras.layers.BatchNormalization):
            return layer(x, **options)
        norm = keras.layers.GroupNormalization(
            groups=-1,
            epsilon=layer.epsilon,
            center=layer.center,
            scale=layer.scale,
            name=layer.name,
        )
        return normalize(norm, x)

    copy = keras.models.clone_model(network, call_function=call)
    for layer in copy.layers:
        if layer.weights:  # of batch norm without its averages
            weights = network.get_layer(layer.name).trainable_weights
            layer.set_weights([weight.numpy() for weight in weights])
    return copy


def by_image(norm: keras.layers.Layer, x: Any) -> Any:
    """Normalizes each channel of each image: batch norm of images one by one."""
    return norm(x)


def by_batch(norm: keras.layers.Layer, x: Any) -> Any:
    """Normalizes each channel over the batch, which becomes one long image."""
    long = keras.ops.reshape(x, (1, -1, x.shape[-1]))  # [1, B * H * W, C]
    return keras.ops.reshape(norm(long), (-1, *x.shape[1:]))
