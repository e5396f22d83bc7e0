"""tf.gans-comparison's residual nets for WGAN-GP, after the paper's appendix C."""

import keras

from models.networks.blocks import halvings, scaled
from models.networks.layers import Shape, Style, activate, last


def generator(
    shape: Shape, z_dim: int, width: float, style: Style, activation: str = "tanh"
) -> keras.Model:
    """Builds FC 8192 b -> 4x4x512; up-blocks 512, 256, 128, 64; BN relu; C 3/1 C b."""
    n = halvings(shape[0], smallest=4)
    side, count = shape[0] >> n, scaled(512, width)
    z = keras.Input((z_dim,))
    x = style.dense(z, side * side * count)
    x = keras.layers.Reshape((side, side, count))(x)
    for i in reversed(range(n)):
        x = up_block(x, style, scaled(min(64 * 2**i, 512), width))
    x = activate(style.normalize(x), "relu")
    x = style.down(x, shape[2], 3, stride=1)
    return keras.Model(z, last(x, activation), name="generator")


def critic(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds C 3/1 64 b; down-blocks 128, 256, 512, 512; FC 1 b."""
    images = keras.Input(shape)
    x = style.down(images, scaled(64, width), 3, stride=1)
    for i in range(halvings(shape[0], smallest=4)):
        x = down_block(x, style, scaled(min(128 * 2**i, 512), width))
    return keras.Model(images, style.logit(x), name="discriminator")


def up_block(x, style: Style, count: int):
    """Doubles height and width: norm relu C 3/1, twice, beside a 1x1 shortcut."""
    double = keras.layers.UpSampling2D(2)
    shortcut = style.down(double(x), count, 1, stride=1)
    x = double(activate(style.normalize(x), "relu"))
    x = branch(x, style, count, bias=style.bias)
    x = activate(style.normalize(x), "relu")
    return keras.layers.Add()([branch(x, style, count), shortcut])


def down_block(x, style: Style, count: int):
    """Halves height and width: norm relu C 3/1, twice, beside a 1x1 shortcut."""
    halve = keras.layers.AveragePooling2D(2)
    shortcut = style.down(halve(x), count, 1, stride=1)
    before = x.shape[-1]
    x = activate(style.normalize(x), "relu")
    x = branch(x, style, before, bias=style.bias)
    x = activate(style.normalize(x), "relu")
    return keras.layers.Add()([halve(branch(x, style, count)), shortcut])


def branch(x, style: Style, count: int, bias: bool = True):
    """Applies `C 3/1 f`, with tf.gans-comparison's ReLU, which the paper has not."""
    x = style.down(x, count, 3, stride=1, bias=bias)
    return activate(x, "relu") if style.branch_relu else x
