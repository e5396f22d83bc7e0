"""GAN_package's simple GAN: one hidden layer each, leaky ReLU with slope 0.01."""

import math

import keras

from models.layers import Style, last
from models.networks.shapes import scaled

Shape = tuple[int, int, int]


def generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """FC 256 b lrelu; FC 784 b, as an image."""
    z = keras.Input((z_dim,))
    x = hidden(z, scaled(256, width), style)
    x = keras.layers.Reshape(shape)(style.dense(x, math.prod(shape)))
    return keras.Model(z, last(x, activation), name="generator")


def discriminator(shape: Shape, code: int, width: float, style: Style) -> keras.Model:
    """FC 128 b lrelu; FC 1 b."""
    images = keras.Input(shape)
    x = hidden(keras.layers.Flatten()(images), scaled(128, width), style)
    return keras.Model(images, style.logit(x), name="discriminator")


def hidden(x, units: int, style: Style):
    """FC n, norm, leaky ReLU."""
    x = style.normalize(style.dense(x, units, style.bias))
    return keras.layers.LeakyReLU(negative_slope=0.01)(x)
