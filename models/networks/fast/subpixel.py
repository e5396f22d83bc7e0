"""Transposed convolutions to a few channels as sub-pixel ones, where those are faster.

A transposed convolution of stride s writes s * s pixels for each pixel that it reads;
a convolution to s * s times the channels writes the same numbers (Shi et al., 2016,
arXiv:1609.05158). On a CPU oneDNN needs half of the time for it where the images have
one channel or three, as the generators' last layers write, and as the gradients of the
discriminators' first layers are.
"""

import functools

import numpy as np
import tensorflow as tf

MOST_CHANNELS = 3


class SubPixel:
    """A kernel [k, k, F, C] between [B, H, W, F] and, at a stride, [B, h, w, C].

    The padding is SAME. The two ways are each other's gradient in the images; the
    gradient in the kernel, and the convolution itself, are TensorFlow's own.
    """

    def __init__(self, kernel: int, stride: int):
        self.kernel, self.stride = kernel, stride
        # Tap t of the pixel i writes at stride * i + t - before.
        written = np.arange(kernel) - (kernel - stride) // 2
        phase, behind = written % stride, -(written // stride)
        self.before, self.after = -behind.min(), behind.max()
        # For each of a window's pixels, the tap that it has in a phase; k: none.
        self.taps = np.full((self.before + 1 + self.after, stride), kernel)
        self.taps[behind + self.before, phase] = np.arange(kernel)

    def convolve(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Takes [B, H, W, F] to [B, h, w, C]."""

        @tf.custom_gradient
        def bilinear(x, kernel):
            def back(dy):
                return self.transpose(dy, kernel), self.kernel_gradient(x, kernel, dy)

            return tf.nn.conv2d(x, kernel, self.stride, "SAME"), back

        return bilinear(x, kernel)

    def transpose(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Takes [B, h, w, C] to [B, H, W, F]."""

        @tf.custom_gradient
        def bilinear(x, kernel):
            def back(dy):
                dx = tf.nn.conv2d(dy, kernel, self.stride, "SAME")
                return dx, self.kernel_gradient(dy, kernel, x)

            sides = (self.before, self.after)
            phases = tf.nn.conv2d(
                x, self.phases(kernel), 1, [(0, 0), sides, sides, (0, 0)]
            )
            return tf.nn.depth_to_space(phases, self.stride), back

        return bilinear(x, kernel)

    def phases(self, kernel: tf.Tensor) -> tf.Tensor:
        """Returns the kernel of all phases, [n, n, C, s * s * F]."""
        (windows, stride), (*_, filters, channels) = self.taps.shape, kernel.shape
        padded = tf.pad(kernel, [(0, 1), (0, 1), (0, 0), (0, 0)])
        rows = tf.gather(padded, self.taps.ravel())
        taps = tf.gather(rows, self.taps.ravel(), axis=1)
        taps = tf.reshape(taps, [windows, stride, windows, stride, filters, channels])
        taps = tf.transpose(taps, [0, 2, 5, 1, 3, 4])
        return tf.reshape(taps, [windows, windows, channels, stride**2 * filters])

    def kernel_gradient(self, large, kernel, small) -> tf.Tensor:
        """Returns the gradient of the kernel between two batches of images."""
        return tf.raw_ops.Conv2DBackpropFilter(
            input=large,
            filter_sizes=kernel.shape,
            out_backprop=small,
            strides=[1, self.stride, self.stride, 1],
            padding="SAME",
        )


sub_pixel = functools.cache(SubPixel)


def faster(large, small, kernel: int, stride: int, padding: str) -> SubPixel | None:
    """Returns the way of a kernel between images of two shapes, if it is faster."""
    sides = [stride * side for side in small[1:3] if side]
    suits = padding == "same" and kernel >= stride > 1 and large[-1] <= MOST_CHANNELS
    return sub_pixel(kernel, stride) if suits and sides == [*large[1:3]] else None
