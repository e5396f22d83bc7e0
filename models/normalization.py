"""Batch norm by TensorFlow's fused kernel."""

import keras
import tensorflow as tf


class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's, whose dozen operations on a batch of images are one here.

    Moving variances are biased, as Keras's are. A saved network names it as Keras's
    own, and so loads without this code.
    """

    __module__ = "keras.layers"

    def call(self, inputs, training=None, mask=None):
        images = len(inputs.shape) == 4 and keras.config.floatx() == "float32"
        if not (training and images) or self.synchronized:
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
