"""The nets of tf.gans-comparison: DCGAN's, LSGAN's generator, EBGAN's autoencoder."""

import keras

from models.networks import blocks
from models.networks.blocks import filters, halvings, scaled
from models.networks.layers import Shape, Style, last


def generator(
    shape: Shape,
    z_dim: int,
    width: float,
    style: Style,
    activation: str = "tanh",
    kernel: int = 5,
    start: str = "plain",
) -> keras.Model:
    """Builds FC 16384 b relu; T k/2 512, 256, 128 - BN relu; T k/2 C b.

    That is tf.gans-comparison's. The paper's has a norm after the dense layer too
    (`start="normed"`); GAN_package starts with T 4/1 1024 - BN relu on a 1x1 image
    (`start="valid"`).
    """
    n = halvings(shape[0], smallest=4)
    counts = [filters(64, i, width) for i in reversed(range(1, n + 1))]
    z = keras.Input((z_dim,))
    x = blocks.first(z, style, shape[0] >> n, counts[0], start)
    x = blocks.ascend(x, style, counts[1:], kernel)
    x = style.up(x, shape[2], kernel)
    return keras.Model(z, last(x, activation), name="generator")


def discriminator(
    shape: Shape, width: float, style: Style, kernel: int = 5
) -> keras.Model:
    """Builds C k/2 64 b lrelu; C k/2 128, 256, 512 - BN lrelu; FC 1 b.

    That is tf.gans-comparison's. GAN_package's C 4/1 1 on the last 4x4 image is the
    same function as its FC 1.
    """
    n = halvings(shape[0], smallest=4)
    images = keras.Input(shape)
    x = blocks.descend(images, style, [filters(64, i, width) for i in range(n)], kernel)
    return keras.Model(images, style.logit(x), name="discriminator")


def lsgan_generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """Builds tf.gans-comparison's, without biases, with BN relu but in the last layer.

    FC 4096; T 3/2 256; T 3/1 256; T 3/2 256; T 3/1 256; T 3/2 128; T 3/2 64; T 3/1 C b.
    """
    n = halvings(shape[0], smallest=4)
    z = keras.Input((z_dim,))
    x = blocks.first(z, style, shape[0] >> n, scaled(256, width), "flat")
    for i in reversed(range(n)):
        count = min(256, 64 * 2**i)
        x = blocks.ascend(x, style, [scaled(count, width)], kernel=3)
        if count == 256:
            x = blocks.ascend(x, style, [scaled(count, width)], kernel=3, stride=1)
    x = style.up(x, shape[2], 3, stride=1)
    return keras.Model(z, last(x, activation), name="generator")


def autoencoder(
    shape: Shape,
    width: float,
    style: Style,
    kernel: int = 4,
    activation: str = "linear",
) -> keras.Model:
    """Builds EBGAN's: C k/2 64 b lrelu; C k/2 128, 256 - BN lrelu; and back.

    The last of these is the code, [B, 8, 8, 256]. T k/2 128, 64 - BN lrelu; T k/2 C b.
    """
    counts = [filters(64, i, width) for i in range(halvings(shape[0], smallest=7))]
    images = keras.Input(shape)
    latents = blocks.descend(images, style, counts, kernel)
    x = blocks.ascend(latents, style, counts[-2::-1], kernel, activation="lrelu")
    x = style.up(x, shape[2], kernel)
    flat = keras.layers.Flatten()(latents)
    outputs = (last(x, activation), last(flat, "linear"))
    return keras.Model(images, outputs, name="discriminator")
