"""Convolutions as matrix products, where those are faster.

On a CPU oneDNN reorders a kernel each time that it is used. Where a batch has few
windows, in the deep layers with their small images, that costs more than the sums. Here
the windows that such a kernel sees are gathered and multiplied once, with the same
result but for rounding.
"""

import functools
import math

import numpy as np
import tensorflow as tf

MOST_WINDOWS = 1  # of a batch, for each of the channels that they are taken to


class Windows:
    """The windows of a kernel over images of one size, with zeros around them.

    `convolve` and `transpose` are what layers do. `unfold` takes pixels [B, H * W, C]
    to what n windows see, [B, n * k * k, C], a row for each of their taps; `fold` is
    its adjoint. Each is the other's gradient. The products are of batches of one
    matrix: where it is large and transposed, BatchMatMul takes 0.3 to 0.7 of MatMul's
    time.
    """

    def __init__(self, sides: tuple[int, int], kernel: int, stride: int, padding: str):
        self.sides, pixels = sides, sides[0] * sides[1]
        rows, columns = (taps(side, kernel, stride, padding) for side in sides)
        self.shape = len(rows), len(columns)
        rows, columns = rows[:, None, :, None], columns[None, :, None, :]
        inside = (rows >= 0) & (rows < sides[0]) & (columns >= 0) & (columns < sides[1])
        pixel = np.where(inside, rows * sides[1] + columns, pixels).reshape(-1)
        # The pixel of each tap, and the taps of each pixel; one more stands for zero.
        self.pixel_of = pixel.astype(np.int32)
        counts = np.bincount(pixel, minlength=pixels + 1)
        order = np.split(np.argsort(pixel, kind="stable"), counts.cumsum())
        most = max(map(len, order[:pixels]))
        filled = [[*at, *[len(pixel)] * (most - len(at))] for at in order[:pixels]]
        self.taps_of = np.array(filled, np.int32)

    def unfold(self, images: tf.Tensor) -> tf.Tensor:
        """Gathers what each tap sees."""

        @tf.custom_gradient
        def linear(x):
            return tf.gather(with_zero(x), self.pixel_of, axis=1), self.fold

        return linear(images)

    def fold(self, values: tf.Tensor) -> tf.Tensor:
        """Sums over the taps that see each pixel."""

        @tf.custom_gradient
        def linear(x):
            x = with_zero(x)
            return tf.add_n(
                [tf.gather(x, at, axis=1) for at in self.taps_of.T]
            ), self.unfold

        return linear(values)

    def convolve(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Takes [B, H, W, C] to [B, h, w, F], with a kernel [k, k, C, F]."""
        size, _, channels, filters = kernel.shape
        pixels = tf.reshape(x, [-1, x.shape[1] * x.shape[2], channels])
        rows = tf.reshape(self.unfold(pixels), [1, -1, size * size * channels])
        product = tf.matmul(rows, tf.reshape(kernel, [1, -1, filters]))
        return tf.reshape(product, [-1, *self.shape, filters])

    def transpose(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Takes [B, h, w, C] to [B, H, W, F], with a kernel [k, k, F, C]."""
        size, _, filters, channels = kernel.shape
        rows = tf.reshape(x, [1, -1, channels])
        matrix = tf.reshape(kernel, [1, -1, channels])
        product = tf.matmul(rows, matrix, transpose_b=True)
        per_image = x.shape[1] * x.shape[2] * size * size
        pixels = self.fold(tf.reshape(product, [-1, per_image, filters]))
        return tf.reshape(pixels, [-1, *self.sides, filters])


def taps(side: int, kernel: int, stride: int, padding: str) -> np.ndarray:
    """Returns where each window's taps lie along one side, int [windows, kernel]."""
    if padding == "valid":
        count, before = (side - kernel) // stride + 1, 0
    else:
        count = -(-side // stride)
        before = max((count - 1) * stride + kernel - side, 0) // 2
    return np.arange(count)[:, None] * stride + np.arange(kernel) - before


def with_zero(x: tf.Tensor) -> tf.Tensor:
    """Appends a row of zeros to rows [B, n, C]."""
    return tf.pad(x, [[0, 0], [0, 1], [0, 0]])


windows = functools.cache(Windows)


def faster(large, small, kernel: int, stride: int, padding: str) -> Windows | None:
    """Returns the windows of a kernel between images of two shapes, if they are faster.

    They are where a batch has no more windows than those have channels, as measured for
    kernels of 3 to 5 and 32 to 512 channels. The batch has to be known.
    """
    batch, *counts, channels = small
    if None in (*large, *small) or batch * math.prod(counts) > MOST_WINDOWS * channels:
        return None
    return windows(tuple(large[1:3]), kernel, stride, padding)
