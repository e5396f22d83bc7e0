"""The nets of pix2pix and CycleGAN, as PyTorch's padding makes them.

They are convolutions alone, so that the generators take any image whose sides are
multiples of a power of 2: Keras's symbolic height and width are None.
"""

import keras

from models.networks.blocks import filters, halvings, scaled
from models.networks.fast import keras_layers
from models.networks.layers import Shape, Style, activate, last

RESNET_MULTIPLE = 4
LARGE = 256  # px: CycleGAN has 9 blocks from here on, and 6 below
MIRRORED = 3  # decoder blocks with dropout


def unet(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds pix2pix's: C 4/2 64 ... 512 down to 1x1, and T 4/2 back, with skips.

    Leaky ReLU before each convolution but the first, ReLU before each transposed one;
    a norm after all but the first, the innermost and the last; biases everywhere; the
    three innermost decoder blocks with a norm have dropout.
    """
    images = keras.Input((None, None, shape[2]))
    counts = [scaled(min(64 * 2**i, 512), width) for i in range(unet_levels(shape[0]))]
    x = style.down(images, counts[0], 4)
    skips = []
    for i, count in enumerate(counts[1:], 1):
        skips.append(x)
        x = style.down(activate(x, "lrelu"), count, 4)
        x = style.normalize(x) if i + 1 < len(counts) else x
    for i, count in enumerate(reversed(counts[:-1])):
        x = style.normalize(style.up(activate(x, "relu"), count, 4))
        x = style.drop(x) if i < MIRRORED else x
        x = keras.layers.Concatenate()([x, skips.pop()])
    x = style.up(activate(x, "relu"), shape[2], 4)
    return keras.Model(images, last(x, "tanh"), name="generator")


def unet_levels(size: int) -> int:
    """Counts how often the encoder halves an image of this size: 8 times at 256."""
    return halvings(size, smallest=1)


def resnet(shape: Shape, width: float, style: Style, blocks: int) -> keras.Model:
    """Builds CycleGAN's: C 7/1 64; C 3/2 128, 256; residual blocks; T 3/2 128, 64; C 7.

    Each has a bias, a norm and ReLU; the last one tanh. The borders are reflected
    before the 7x7 convolutions and within the blocks, zero elsewhere.
    """
    images = keras.Input((None, None, shape[2]))
    x = unit(reflected(images, 3), style, scaled(64, width), 7)
    for i in (1, 2):
        x = unit(zeros(x), style, filters(64, i, width), 3, 2)
    for _ in range(blocks):
        x = residual(x, style)
    for i in (1, 0):
        count = filters(64, i, width)
        # PyTorch's padding 1 and output padding 1 take away the first row and column.
        x = keras_layers.Conv2DTranspose(
            count, 3, 2, "valid", **style.initial(9 * count)
        )(x)
        x = keras.layers.Cropping2D(((1, 0), (1, 0)))(x)
        x = activate(style.normalize(x), "relu")
    x = conv(reflected(x, 3), style, shape[2], 7)
    return keras.Model(images, last(x, "tanh"), name="generator")


def residual(x, style: Style):
    """Applies C 3/1, norm, ReLU, dropout, C 3/1, norm, and adds what came in."""
    count = x.shape[-1]
    y = style.drop(unit(reflected(x, 1), style, count, 3))
    y = style.normalize(conv(reflected(y, 1), style, count, 3))
    return keras.layers.Add()([x, y])


def unit(x, style: Style, count: int, kernel: int, stride: int = 1):
    """Applies `C k/s f`, norm, ReLU."""
    return activate(style.normalize(conv(x, style, count, kernel, stride)), "relu")


def patch_discriminator(shape: Shape, width: float, style: Style) -> keras.Model:
    """Builds a PatchGAN: a logit for each 70x70 pixels, [B, h, w, 1].

    C 4/2 64 lrelu; C 4/2 128, 256 and C 4/1 512, each with a norm and lrelu; C 4/1 1.
    Biases everywhere.
    """
    images = keras.Input(shape)
    x = activate(conv(zeros(images), style, scaled(64, width), 4, 2), "lrelu")
    for i, stride in ((1, 2), (2, 2), (3, 1)):
        x = conv(zeros(x), style, filters(64, i, width), 4, stride)
        x = activate(style.normalize(x), "lrelu")
    logits = conv(zeros(x), style, 1, 4, dtype=keras.config.floatx())
    return keras.Model(images, logits, name="discriminator")


def conv(x, style: Style, count: int, kernel: int, stride: int = 1, dtype=None):
    """Applies `C k/s f b` without padding of its own."""
    initial = style.initial(kernel**2 * x.shape[-1])
    return keras_layers.Conv2D(count, kernel, stride, dtype=dtype, **initial)(x)


def zeros(x):
    """Pads by one pixel of zeros, as PyTorch's padding 1."""
    return keras.layers.ZeroPadding2D(1)(x)


def reflected(x, border: int):
    """Pads by a border that is mirrored about the outermost pixels."""
    sides = ((0, 0), (border, border), (border, border), (0, 0))
    return keras.ops.pad(x, sides, mode="reflect")
