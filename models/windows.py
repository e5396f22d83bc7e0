"""Convolutions as matrix products, where those are faster.

On a CPU oneDNN reorders a kernel each time that it is used. From a million weights on,
those of the deep layers with their small images, that costs more than the sums. Here
the windows that such a kernel sees are gathered and multiplied once, with the same
result but for rounding.
"""

import functools
import math

import numpy as np
import tensorflow as tf

LARGE = 2**20  # weights of a kernel
FEW = 16  # windows on an image


class Windows:
    """The windows of a kernel over images of one size, with zeros around them.

    `unfold` takes pixels [B, H * W, C] to what n windows see, [B, n * k * k, C], a row
    for each of their taps; `fold` is its adjoint. Each is the other's gradient.
    """

    def __init__(self, sides: tuple[int, int], kernel: int, stride: int, padding: str):
        self.sides, pixels = sides, sides[0] * sides[1]
        rows, columns = (taps(side, kernel, stride, padding) for side in sides)
        self.shape = len(rows), len(columns)
        rows, columns = rows[:, None, :, None], columns[None, :, None, :]
        inside = (rows >= 0) & (rows < sides[0]) & (columns >= 0) & (columns < sides[1])
        seen = np.where(inside, rows * sides[1] + columns, pixels).reshape(-1)
        # The pixel of each tap, and the taps of each pixel; one more stands for zero.
        self.pixel_of = seen.astype(np.int32)
        counts = np.bincount(seen, minlength=pixels + 1)
        order = np.split(np.argsort(seen, kind="stable"), counts.cumsum())
        most = max(map(len, order[:pixels]))
        filled = [[*at, *[len(seen)] * (most - len(at))] for at in order[:pixels]]
        self.taps_of = np.array(filled, np.int32)

    def unfold(self, images: tf.Tensor) -> tf.Tensor:
        """What each tap sees."""

        @tf.custom_gradient
        def linear(x):
            return tf.gather(with_zero(x), self.pixel_of, axis=1), self.fold

        return linear(images)

    def fold(self, values: tf.Tensor) -> tf.Tensor:
        """The sum over the taps that see each pixel."""

        @tf.custom_gradient
        def linear(x):
            x = with_zero(x)
            return tf.add_n(
                [tf.gather(x, at, axis=1) for at in self.taps_of.T]
            ), self.unfold

        return linear(values)


def taps(side: int, kernel: int, stride: int, padding: str) -> np.ndarray:
    """Where each window's taps lie along one side, [windows, kernel]."""
    if padding == "valid":
        count, before = (side - kernel) // stride + 1, 0
    else:
        count = -(-side // stride)
        before = max((count - 1) * stride + kernel - side, 0) // 2
    return np.arange(count)[:, None] * stride + np.arange(kernel) - before


def with_zero(x: tf.Tensor) -> tf.Tensor:
    """Rows [B, n, C] and one more of zeros."""
    return tf.pad(x, [[0, 0], [0, 1], [0, 0]])


windows = functools.cache(Windows)


def to_multiply(
    weights: int, sides: tuple[int, int], kernel: int, stride: int, padding: str
) -> Windows | None:
    """The windows of a kernel that is better multiplied; None: of one that is not.

    That needs many weights, few windows on images whose `sides` are known, and a CPU.
    """
    if weights < LARGE or None in sides or tf.config.list_logical_devices("GPU"):
        return None
    found = windows(tuple(sides), kernel, stride, padding)
    return found if math.prod(found.shape) <= FEW else None


def convolve(x: tf.Tensor, kernel: tf.Tensor, seen: Windows) -> tf.Tensor:
    """From [B, H, W, C] to [B, h, w, F], with a kernel [k, k, C, F]."""
    size, _, channels, filters = kernel.shape
    pixels = tf.reshape(x, [-1, x.shape[1] * x.shape[2], channels])
    rows = tf.reshape(seen.unfold(pixels), [-1, size * size * channels])
    product = tf.matmul(rows, tf.reshape(kernel, [-1, filters]))
    return tf.reshape(product, [-1, *seen.shape, filters])


def transpose(x: tf.Tensor, kernel: tf.Tensor, seen: Windows) -> tf.Tensor:
    """From [B, h, w, C] to [B, H, W, F], with a kernel [k, k, F, C]."""
    size, _, filters, channels = kernel.shape
    rows, matrix = tf.reshape(x, [-1, channels]), tf.reshape(kernel, [-1, channels])
    product = tf.matmul(rows, matrix, transpose_b=True)
    per_image = x.shape[1] * x.shape[2] * size * size
    pixels = seen.fold(tf.reshape(product, [-1, per_image, filters]))
    return tf.reshape(pixels, [-1, *seen.sides, filters])
