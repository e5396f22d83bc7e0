"""The nets of the GAN ZOO for MNIST and for the Simpsons."""

import math

import keras

from models.networks import blocks
from models.networks.blocks import filters, halvings, scaled
from models.networks.layers import Shape, Style, activate, last


def mnist_generator(
    shape: Shape,
    z_dim: int,
    width: float,
    style: Style,
    activation: str = "tanh",
    kernel: int = 5,
    hidden: tuple[int, int] = (64, 32),
) -> keras.Model:
    """Builds FC 6272 b BN relu -> 7x7x128; T k/2 64, 32 - BN relu; T k/1 C -."""
    n = halvings(shape[0], smallest=7)
    z = keras.Input((z_dim,))
    x = blocks.first(z, style, shape[0] >> n, scaled(128, width), "biased")
    counts = [hidden[0]] * (n - 1) + [hidden[1]]
    x = blocks.ascend(x, style, [scaled(count, width) for count in counts], kernel)
    x = style.up(x, shape[2], kernel, stride=1, bias=style.bias)
    return keras.Model(z, last(x, activation), name="generator")


def mnist_discriminator(
    shape: Shape, width: float, style: Style, kernel: int = 5
) -> keras.Model:
    """Builds C k/2 32 b lrelu; C k/2 64, 128 - BN lrelu; FC 1 b."""
    images = keras.Input(shape)
    x = blocks.descend(images, style, [scaled(n, width) for n in (32, 64, 128)], kernel)
    return keras.Model(images, style.logit(x), name="discriminator")


def simpson_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """Builds FC 65536 b lrelu; T 5/2 512, 256, 128, 64 - BN lrelu; T 5/1 C b."""
    n = halvings(shape[0], smallest=7)
    counts = [filters(64, i, width) for i in reversed(range(n + 1))]
    z = keras.Input((z_dim,))
    x = blocks.first(z, style, shape[0] >> n, counts[0], "plain", "lrelu")
    x = blocks.ascend(x, style, counts[1:], 5, activation="lrelu")
    x = style.up(x, shape[2], 5, stride=1)
    return keras.Model(z, last(x, activation), name="generator")


def simpson_discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds C 5/2 64 b; C 5/2 128, 256; C 5/1 512; C 5/2 1024, all lrelu; FC 1."""
    images = keras.Input(shape)
    x = blocks.descend(images, style, [filters(64, i, width) for i in range(3)], 5)
    x = blocks.block(x, style, filters(64, 3, width), 5, stride=1)
    x = blocks.block(x, style, filters(64, 4, width), 5)
    return keras.Model(images, style.logit(x), name="discriminator")


def dense_autoencoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds EBGAN's "without square root": FC 256, 128, 64, 128, 256 relu; FC 784."""
    images = keras.Input(shape)
    x = keras.layers.Flatten()(images)
    for units in (256, 128, 64):
        x = codes = activate(style.dense(x, scaled(units, width)), "relu")
    for units in (128, 256):
        x = activate(style.dense(x, scaled(units, width)), "relu")
    x = keras.layers.Reshape(shape)(style.dense(x, math.prod(shape)))
    outputs = (last(x, "sigmoid"), last(codes, "linear"))
    return keras.Model(images, outputs, name="discriminator")


def began_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """Builds BEGAN's decoder, with z in place of a code."""
    z = keras.Input((z_dim,))
    images = began_decoder(z, shape, width, style, activation)
    return keras.Model(z, images, name="generator")


def began_autoencoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds C 3/1 32, 64 elu; max-pool; C 64, 96 elu; max-pool; FC tanh; and back."""
    images = x = keras.Input(shape)
    for counts in ((32, 64), (64, 96)):
        for count in counts:
            x = blocks.block(x, style, scaled(count, width), 3, 1, "elu")
        x = keras.layers.MaxPooling2D(3, 2, "same")(x)
    codes = last(style.dense(keras.layers.Flatten()(x), style.code), "tanh")
    reconstruction = began_decoder(codes, shape, width, style, "tanh")
    return keras.Model(images, (reconstruction, codes), name="discriminator")


def began_decoder(code, shape: Shape, width: float, style: Style, activation: str):
    """Applies FC 1568 b relu -> 7x7x32; C 3/1 32, 32; x2; C 64, 32; x2; C 32; C 3/1 C.

    Doubling is bilinear about the pixels' centres, TensorFlow 1's was about corners.
    """
    x = blocks.first(code, style, shape[0] // 4, scaled(32, width), "plain")
    for i, counts in enumerate(((32, 32), (64, 32), (32,))):
        if i:
            x = keras.layers.UpSampling2D(interpolation="bilinear")(x)
        for count in counts:
            x = blocks.block(x, style, scaled(count, width), 3, 1, "elu")
    return last(style.down(x, shape[2], 3, stride=1), activation)
