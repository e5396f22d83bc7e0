"""The nets of the class-conditional and information-maximising papers."""

import math

import keras

from models.networks import blocks
from models.networks.blocks import halvings, scaled
from models.networks.layers import Shape, Style, activate, last, leaky_relu


def mirza_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "sigmoid"
) -> keras.Model:
    """Builds CGAN's: FC 200 relu of z, FC 1000 relu of y; FC 1200 relu; FC 784."""
    z = keras.Input((z_dim,))
    noise, y = z[:, : z_dim - style.condition], z[:, z_dim - style.condition :]
    parts = ((noise, 200), (y, 1000))
    both = [hidden(part, scaled(units, width), style) for part, units in parts]
    x = hidden(keras.layers.Concatenate()(both), scaled(1200, width), style)
    x = keras.layers.Reshape(shape)(style.dense(x, math.prod(shape)))
    return keras.Model(z, last(x, activation), name="generator")


def hidden(x, units: int, style: Style):
    """Applies FC n, norm, ReLU, dropout."""
    x = style.normalize(style.dense(x, units, style.bias))
    return style.drop(activate(x, "relu"))


def mirza_discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds CGAN's: maxout 240 of 5 of x, 50 of 5 of y; maxout 240 of 4; FC 1."""
    images = keras.Input(shape)
    channels = shape[2] - style.condition
    x, y = keras.layers.Flatten()(images[..., :channels]), images[:, 0, 0, channels:]
    parts = ((x, 240), (y, 50))
    both = [maxout(part, scaled(units, width), 5, style) for part, units in parts]
    x = maxout(keras.layers.Concatenate()(both), scaled(240, width), 4, style)
    return keras.Model(images, style.logit(x), name="discriminator")


def maxout(x, units: int, pieces: int, style: Style):
    """Applies the largest of so many linear pieces in each unit, norm, dropout."""
    x = keras.layers.Reshape((units, pieces))(style.dense(x, units * pieces))
    return style.drop(style.normalize(keras.ops.max(x, axis=-1)))


def odena_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """Builds ACGAN's for CIFAR-10: FC 384 b relu -> 4x4x384; T 5/2 192, 96; T C b."""
    n = halvings(shape[0], smallest=4)
    counts = [scaled(384 / 2**i, width) for i in range(n)]
    z = keras.Input((z_dim,))
    x = blocks.first(z, style, shape[0] >> n, counts[0], "plain")
    x = blocks.ascend(x, style, counts[1:], 5)
    return keras.Model(z, last(style.up(x, shape[2], 5), activation), name="generator")


def odena_discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds ACGAN's for CIFAR-10: C 3 16, 32, 64, 128, 256, 512, strides 2 and 1.

    Norm (but for the first), lrelu and dropout after each; FC 1 b, and the classes.
    """
    images = keras.Input(shape)
    x = activate(style.down(images, scaled(16, width), 3), "lrelu")
    for i in range(1, 6):
        count = scaled(16 * 2**i, width)
        x = blocks.block(style.drop(x), style, count, 3, 1 + (i + 1) % 2)
    return keras.Model(images, style.logit(style.drop(x)), name="discriminator")


def infogan_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "sigmoid"
) -> keras.Model:
    """Builds InfoGAN's: FC 1024, 6272 - BN relu -> 7x7x128; T 4/2 64 - BN; T C b."""
    n = halvings(shape[0], smallest=7)
    z = keras.Input((z_dim,))
    x = style.normalize(style.dense(z, scaled(1024, width), style.bias))
    x = activate(x, "relu")
    x = blocks.first(x, style, shape[0] >> n, scaled(128, width), "flat")
    x = blocks.ascend(x, style, [scaled(64, width)] * (n - 1), 4)
    return keras.Model(z, last(style.up(x, shape[2], 4), activation), name="generator")


def infogan_discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds InfoGAN's: C 4/2 64 b; C 4/2 128 - BN; FC 1024 - BN; FC 1; Q: FC 128; FC.

    Its leaky ReLUs have slope 0.1. Q is there if the style has outputs for it.
    """
    images = keras.Input(shape)
    dtype = keras.config.floatx()
    x = leaky(style.down(images, scaled(64, width), 4))
    for i in range(1, halvings(shape[0], smallest=7)):
        x = style.down(x, scaled(64 * 2**i, width), 4, 2, style.bias)
        x = leaky(style.normalize(x))
    x = keras.layers.Flatten()(x)
    trunk = leaky(style.normalize(style.dense(x, scaled(1024, width), style.bias)))
    said = keras.layers.Dense(1, dtype=dtype, **style.initial(trunk.shape[-1]))(trunk)
    if style.outputs > 1:
        q = style.dense(trunk, scaled(128, width), style.bias)
        q = leaky(style.normalize(q))
        initial = style.initial(q.shape[-1])
        q = keras.layers.Dense(style.outputs - 1, dtype=dtype, **initial)(q)
        said = keras.layers.Concatenate(dtype=dtype)([said, q])
    return keras.Model(images, said, name="discriminator")


def leaky(x):
    """Applies leaky ReLU with slope 0.1."""
    return leaky_relu(x, 0.1)
