"""Keras's layers, faster, and with their biases in full precision under any policy.

Keras rounds a bias to bfloat16 under a mixed policy. On a CPU its gradient then loses
precision: TensorFlow sums it in bfloat16, where a sum of ones stops growing at 256. And
a norm behind the layer subtracts the bias, but keeps the error of its rounding.

A saved network names these layers as Keras's own, and so loads without this code.
"""

import keras
import tensorflow as tf

from models.networks.fast import im2col, subpixel


class ExactBias:
    """A layer whose bias stays in float32."""

    def add_weight(self, *args, name=None, **options):
        if name == "bias":
            options["autocast"] = False
        return super().add_weight(*args, name=name, **options)


def faster(layer: keras.layers.Layer, large, small):
    """Returns what convolves and transposes as a layer does, but faster; None: nothing.

    `large` and `small` are the shapes [B, H, W, C] that its kernel lies between. It was
    measured on CPUs, so there is nothing where there is a GPU.
    """
    (size, across), (stride, along) = layer.kernel_size, layer.strides
    grouped = getattr(layer, "groups", 1) > 1 or layer.dilation_rate != (1, 1)
    if grouped or (size, stride) != (across, along):
        return None
    if tf.config.list_logical_devices("GPU"):
        return None
    shapes = large, small, size, stride, layer.padding
    return im2col.faster(*shapes) or subpixel.faster(*shapes)


class Dense(ExactBias, keras.layers.Dense):
    """A matrix product."""

    __module__ = "keras.layers"


class Conv2D(ExactBias, keras.layers.Conv2D):
    """A convolution of images, [B, H, W, C]."""

    __module__ = "keras.layers"

    def convolution_op(self, inputs, kernel):
        shape = self.compute_output_shape(inputs.shape)
        if way := faster(self, inputs.shape, shape):
            return way.convolve(inputs, tf.convert_to_tensor(kernel))
        return super().convolution_op(inputs, kernel)


class Conv2DTranspose(ExactBias, keras.layers.Conv2DTranspose):
    """A transposed convolution of images, [B, H, W, C]."""

    __module__ = "keras.layers"

    def call(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        if way := faster(self, shape, inputs.shape):
            outputs = way.transpose(inputs, tf.convert_to_tensor(self.kernel))
            return keras.ops.add(outputs, self.bias) if self.use_bias else outputs
        return super().call(inputs)


class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's, whose dozen operations on a batch of images are one fused kernel here.

    Moving variances are biased, as Keras's are. What comes in is not rounded first,
    as with Keras's other norms.
    """

    __module__ = "keras.layers"

    def __init__(self, *args, **options):
        super().__init__(*args, autocast=False, **options)

    def call(self, inputs, training=None, mask=None):
        images = len(inputs.shape) == 4 and keras.config.floatx() == "float32"
        plain = self.axis in (-1, 3) and self.center and not self.synchronized
        if not (training and images and plain) or mask is not None:
            return super().call(inputs, training, mask)
        dtype = tf.float32
        gamma = self.gamma if self.scale else tf.ones(inputs.shape[-1])
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=tf.cast(inputs, dtype),
            scale=tf.cast(gamma, dtype),
            offset=tf.cast(self.beta, dtype),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
        )
        count = tf.size(inputs) / inputs.shape[-1]
        variance *= tf.cast((count - 1) / count, dtype)  # it comes unbiased
        for moving, value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            moving.assign(moving * self.momentum + value * (1 - self.momentum))
        return tf.cast(y, self.compute_dtype)
