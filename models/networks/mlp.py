"""Multilayer perceptrons: GAN_package's simple GAN, and nets for points in the plane.

The simple GAN has one hidden layer in each net, leaky ReLU with slope 0.01. A point is
an image of 1x1 pixels with two channels.
"""

import math

import keras

from models.networks.blocks import scaled
from models.networks.layers import Shape, Style, activate, last, leaky_relu


def generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """Builds FC 256 b lrelu; FC 784 b, as an image."""
    z = keras.Input((z_dim,))
    x = hidden(z, scaled(256, width), style)
    x = keras.layers.Reshape(shape)(style.dense(x, math.prod(shape)))
    return keras.Model(z, last(x, activation), name="generator")


def discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds FC 128 b lrelu; FC 1 b."""
    images = keras.Input(shape)
    x = hidden(keras.layers.Flatten()(images), scaled(128, width), style)
    return keras.Model(images, style.logit(x), name="discriminator")


def hidden(x, units: int, style: Style):
    """Applies FC n, norm, leaky ReLU."""
    x = style.normalize(style.dense(x, units, style.bias))
    return leaky_relu(x, 0.01)


def point_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "linear"
) -> keras.Model:
    """Builds FC 128 relu; FC 128 relu; FC 2 b."""
    z = keras.Input((z_dim,))
    return keras.Model(z, point(z, shape, width, style, activation), name="generator")


def point_discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds FC 128 relu; FC 128 relu; FC 1 b."""
    points = keras.Input(shape)
    x = features(keras.layers.Flatten()(points), width, style)
    return keras.Model(points, style.logit(x), name="discriminator")


def point_autoencoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds FC 128 relu, twice; FC n b, the code; FC 128 relu, twice; FC 2 b."""
    points = keras.Input(shape)
    x = features(keras.layers.Flatten()(points), width, style)
    codes = last(style.dense(x, style.code), "linear")
    reconstruction = point(codes, shape, width, style, "linear")
    return keras.Model(points, (reconstruction, codes), name="discriminator")


def point_encoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds FC 128 relu; FC 128 relu; two heads FC n b, mean and log-variance."""
    points = keras.Input(shape)
    x = features(keras.layers.Flatten()(points), width, style)
    heads = [last(style.dense(x, style.code), "linear") for _ in range(2)]
    return keras.Model(points, heads, name="encoder")


def features(x, width: float, style: Style):
    """Applies two hidden layers of 128 units with norm and ReLU."""
    for _ in range(2):
        x = style.normalize(style.dense(x, scaled(128, width), style.bias))
        x = activate(x, "relu")
    return x


def point(code, shape: Shape, width: float, style: Style, activation: str):
    """Decodes codes [B, n] to points."""
    x = style.dense(features(code, width, style), math.prod(shape))
    return last(keras.layers.Reshape(shape)(x), activation)
