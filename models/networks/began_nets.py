"""tf.gans-comparison's nets for BEGAN: 3x3 kernels, biases, ELU and no norm.

`skip` adds the paper's "skip connections": after each doubling, a decoder sees its
first tensor again, enlarged, beside what it has. `cs` makes the nets of BEGAN-CS's
authors.
"""

from itertools import pairwise

import keras

from models.networks.blocks import halvings, scaled
from models.networks.layers import Shape, Style, activate, last


def generator(
    shape: Shape,
    z_dim: int,
    width: float,
    style: Style,
    activation: str = "linear",
    cs: bool = False,
) -> keras.Model:
    """Builds the decoder, with z in place of a code."""
    z = keras.Input((z_dim,))
    images = decoder(z, shape, width, style, activation, cs)
    return keras.Model(z, images, name="generator")


def autoencoder(
    shape: Shape, width: float, style: Style, cs: bool = False
) -> keras.Model:
    """Builds encoder and decoder around a code of `style.code` numbers."""
    images = keras.Input(shape)
    codes = last(encoder(images, style.code, width, style, cs), "linear")
    reconstruction = decoder(codes, shape, width, style, "linear", cs)
    return keras.Model(images, (reconstruction, codes), name="discriminator")


def encoder(images, code: int, width: float, style: Style, cs: bool):
    """Applies C 128; C 128, 128; C /2 256; C 256, 256; ...; C 512, 512, 512; FC n.

    The convolutions that halve also widen. With `cs` those before them do: C 128; C
    128, 256; C /2 256; ...; C 512, 512; FC n.
    """
    n = halvings(images.shape[1], smallest=7)
    counts = [scaled(128 * (i + 1), width) for i in range(n + 1)]
    x = elu(images, style, counts[0])
    for count, wider in pairwise(counts):
        x = elu(elu(x, style, count), style, wider if cs else count)
        x = elu(x, style, wider, stride=2)
    for _ in range(2 if cs else 3):
        x = elu(x, style, counts[-1])
    return style.dense(keras.layers.Flatten()(x), code)


def decoder(code, shape: Shape, width: float, style: Style, activation: str, cs: bool):
    """Applies FC 8192 b -> 8x8x128; C 128, 128; x2; C 128, 128; ...; C 3/1 C b.

    With `cs` a C 1/1 256 precedes each doubling.
    """
    n, count = halvings(shape[0], smallest=7), scaled(128, width)
    side = shape[0] >> n
    x = style.dense(code, side * side * count)
    x = start = keras.layers.Reshape((side, side, count))(x)
    for i in range(n + 1):
        if i and cs:
            x = elu(x, style, scaled(256, width), kernel=1)
        if i:
            x = keras.layers.UpSampling2D()(x)
        if i and style.skip:
            again = keras.layers.UpSampling2D(2**i)(start)
            x = keras.layers.Concatenate()([x, again])
        x = elu(elu(x, style, count), style, count)
    return last(style.down(x, shape[2], 3, stride=1), activation)


def elu(x, style: Style, count: int, stride: int = 1, kernel: int = 3):
    """Applies `C k/s f`, norm, ELU."""
    x = style.normalize(style.down(x, count, kernel, stride, style.bias))
    return activate(x, "elu")
