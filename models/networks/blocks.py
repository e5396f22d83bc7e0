"""Runs of layers that the convolutional nets are made of, and their depth and width."""

from collections.abc import Sequence

import keras

from models.networks.fast import keras_layers
from models.networks.layers import Style, activate


def first(
    z,
    style: Style,
    side: int,
    count: int,
    form: str,
    activation: str = "relu",
    init: str | None = None,
):
    """Takes z [B, n] to [B, side, side, count].

    A dense layer with a bias and no norm (`plain`), with a bias and a norm by channel
    (`biased`), without a bias and normed by unit (`flat`) or by channel (`normed`), or
    a transposed convolution on a 1x1 image, normed by channel (`valid`).
    """
    image = keras.layers.Reshape((side, side, count))
    units = side * side * count
    if form == "plain":
        return image(activate(style.dense(z, units), activation))
    if form == "flat":
        x = style.normalize(style.dense(z, units, style.bias, init))
        return image(activate(x, activation))
    if form == "valid":
        initial = style.initial(side * side * count)
        pixel = keras.layers.Reshape((1, 1, z.shape[-1]))(z)
        x = keras_layers.Conv2DTranspose(count, side, use_bias=style.bias, **initial)(
            pixel
        )
    else:
        x = image(style.dense(z, units, form == "biased" or style.bias))
    return activate(style.normalize(x), activation)


def block(
    x,
    style: Style,
    count: int,
    kernel: int,
    stride: int = 2,
    activation: str = "lrelu",
):
    """Applies `C k/s f`, norm, activation."""
    x = style.down(x, count, kernel, stride, style.bias)
    return activate(style.normalize(x), activation)


def descend(images, style: Style, counts: Sequence[int], kernel: int):
    """Applies `C k/2 f` lrelu for each count; the first has a bias and no norm."""
    x = activate(style.down(images, counts[0], kernel), "lrelu")
    for count in counts[1:]:
        x = block(x, style, count, kernel)
    return x


def ascend(
    x,
    style: Style,
    counts: Sequence[int],
    kernel: int,
    stride: int = 2,
    activation: str = "relu",
):
    """Applies `T k/s f`, norm, activation, for each count."""
    for count in counts:
        x = style.up(x, count, kernel, stride, style.bias)
        x = activate(style.normalize(x), activation)
    return x


def halvings(size: int, smallest: int) -> int:
    """Counts how often `size` halves without remainder, down to `smallest` or above.

    >>> halvings(64, 4), halvings(28, 4), halvings(64, 7)
    (4, 2, 3)
    """
    count = 0
    while size % 2 == 0 and size // 2 >= smallest:
        size, count = size // 2, count + 1
    return count


def scaled(count: int, width: float) -> int:
    """Returns `count` filters or units times `width`, at least 1."""
    if width <= 0:
        raise ValueError(f"a width factor of {width} leaves no filters: it must be > 0")
    return max(1, round(count * width))


def filters(base: int, doublings: int, width: float) -> int:
    """Returns `base` doubled so often, at most 1024, times `width`."""
    return scaled(min(base * 2**doublings, 1024), width)
