"""The nets of GAN_Theories: 3x3 kernels everywhere, codes of 256 numbers."""

import keras

from models.networks import blocks
from models.networks.blocks import filters, halvings, scaled
from models.networks.layers import Shape, Style, activate, last


def generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "sigmoid"
) -> keras.Model:
    """Builds FC 8192 - BN relu; T 3/2 256, 128, 64 - BN relu; T 3/2 C b.

    Its dense layer is Glorot's whatever the others are.
    """
    z = keras.Input((z_dim,))
    images = decoder(z, shape, width, style, activation)
    return keras.Model(z, images, name="generator")


def decoder(code, shape: Shape, width: float, style: Style, activation: str):
    """Decodes a code [B, n] to images."""
    n = halvings(shape[0], smallest=4)
    counts = [filters(32, i, width) for i in reversed(range(1, n + 1))]
    x = blocks.first(code, style, shape[0] >> n, counts[0], "flat", init="glorot")
    x = blocks.ascend(x, style, counts[1:], 3)
    return last(style.up(x, shape[2], 3), activation)


def encoder(images, width: float, style: Style):
    """Encodes images: C 3/2 64, 128, 256, 512 - BN lrelu; FC 256 b lrelu; [B, 256]."""
    n = halvings(images.shape[1], smallest=4)
    x = images
    for i in range(n):
        x = blocks.block(x, style, filters(64, i, width), kernel=3)
    x = style.dense(keras.layers.Flatten()(x), scaled(256, width))
    return activate(x, "lrelu")


def discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds `encoder`; FC 1 b."""
    images = keras.Input(shape)
    x = encoder(images, width, style)
    return keras.Model(images, style.logit(x), name="discriminator")


def autoencoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds `encoder`, then a generator on its code."""
    images = keras.Input(shape)
    x = encoder(images, width, style)
    reconstruction = decoder(x, shape, width, style, "sigmoid")
    outputs = (reconstruction, last(x, "linear"))
    return keras.Model(images, outputs, name="discriminator")


def variational_encoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds `encoder` with two heads FC n b, mean and log-variance."""
    images = keras.Input(shape)
    x = encoder(images, width, style)
    heads = [last(style.dense(x, style.code), "linear") for _ in range(2)]
    return keras.Model(images, heads, name="encoder")
