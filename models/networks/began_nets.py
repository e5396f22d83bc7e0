"""tf.gans-comparison's nets for BEGAN: 3x3 kernels, biases, ELU and no norm.

`skip` adds the paper's "skip connections": after each doubling, a decoder sees its
first tensor again, enlarged, beside what it has.
"""

import keras

from models.networks.blocks import halvings, scaled
from models.networks.layers import Shape, Style, activate, last


def generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "linear"
) -> keras.Model:
    """Builds the decoder, with z in place of a code."""
    z = keras.Input((z_dim,))
    images = decoder(z, shape, width, style, activation)
    return keras.Model(z, images, name="generator")


def autoencoder(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds encoder and decoder around a code of `style.code` numbers."""
    images = keras.Input(shape)
    codes = last(encoder(images, style.code, width, style), "linear")
    reconstruction = decoder(codes, shape, width, style, "linear")
    return keras.Model(images, (reconstruction, codes), name="discriminator")


def encoder(images, code: int, width: float, style: Style):
    """Applies C 128; C 128, 128; C /2 256; C 256, 256; ...; C 512, 512, 512; FC n.

    The convolutions that halve also widen.
    """
    n = halvings(images.shape[1], smallest=7)
    counts = [scaled(128 * (i + 1), width) for i in range(n + 1)]
    x = elu(images, style, counts[0])
    for i, count in enumerate(counts):
        x = elu(elu(x, style, count), style, count)
        x = elu(x, style, counts[i + 1], stride=2) if i < n else elu(x, style, count)
    return style.dense(keras.layers.Flatten()(x), code)


def decoder(code, shape: Shape, width: float, style: Style, activation: str):
    """Applies FC 8192 b -> 8x8x128; C 128, 128; x2; C 128, 128; ...; C 3/1 C b."""
    n, count = halvings(shape[0], smallest=7), scaled(128, width)
    side = shape[0] >> n
    x = style.dense(code, side * side * count)
    x = start = keras.layers.Reshape((side, side, count))(x)
    for i in range(n + 1):
        if i:
            x = keras.layers.UpSampling2D()(x)
        if i and style.skip:
            again = keras.layers.UpSampling2D(2**i)(start)
            x = keras.layers.Concatenate()([x, again])
        x = elu(elu(x, style, count), style, count)
    return last(style.down(x, shape[2], 3, stride=1), activation)


def elu(x, style: Style, count: int, stride: int = 1):
    """Applies `C 3/s f`, norm, ELU."""
    x = style.normalize(style.down(x, count, 3, stride, style.bias))
    return activate(x, "elu")
