"""A generator as a Keras model of built-in layers, which loads without any code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from evaluation import snapshots

SUFFIX = ".keras"
Normalization = Callable[[keras.layers.Layer, Any], Any]


def networks(model: Any) -> dict[str, keras.Model]:
    """Keras models that draw or translate as `model` does, by file name.

    There are none where dropout stays on, whose mask a .keras file does not fix.
    """
    if model.directions:
        translators = {d: model.translator(d) for d in model.directions}
        if any(drops(network) for network in translators.values()):
            return {}
        return {
            f"generator_{direction}{SUFFIX}": with_statistics(network, by_image)
            for direction, network in translators.items()
        }
    network = shown(model)
    if model.config.sampling == "batch":
        if drops(network):
            return {}
        network = with_statistics(network, by_batch)
    return {f"generator{SUFFIX}": outward(network, model.config.pixels)}


def shown(model: Any) -> keras.Model:
    """The generator that draws from latents, raw or averaged."""
    return model.networks[snapshots.AVERAGE] if model.averaged else model.generator


def drops(network: keras.Model) -> bool:
    """Whether a network has dropout."""
    return any(isinstance(layer, keras.layers.Dropout) for layer in network.layers)


def outward(network: keras.Model, pixels: str) -> keras.Model:
    """A generator whose images are taken from its range to [-1, 1] and clipped."""
    images = network.output
    if pixels != "signed":
        images = keras.layers.Rescaling(2.0, offset=-1.0)(images)
    images = keras.ops.clip(images, -1.0, 1.0)
    return keras.Model(network.input, images, name="generator")


def with_statistics(network: keras.Model, normalize: Normalization) -> keras.Model:
    """A copy whose batch norms are `normalize(group norm, x)`.

    Unlike batch norm in training mode it asks for no argument where it is called, and
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
    """Statistics of each channel of each image: batch norm of images one by one."""
    return norm(x)


def by_batch(norm: keras.layers.Layer, x: Any) -> Any:
    """Statistics of each channel over the batch, which becomes one long image."""
    long = keras.ops.reshape(x, (1, -1, x.shape[-1]))
    return keras.ops.reshape(norm(long), (-1, *x.shape[1:]))
