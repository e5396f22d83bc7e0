"""Layers and optimizers with the settings of TensorFlow 1, which the originals used."""

import keras
import numpy as np
import tensorflow as tf


def batch_norm() -> keras.layers.Layer:
    """tf.gans-comparison's batch norm: decay 0.99, epsilon 1e-5, gamma and beta.

    The moving variance is the biased one, as in TF 1.2. Under several replicas the
    statistics are those of the global batch.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return keras.layers.BatchNormalization(
        momentum=0.99, epsilon=1e-5, synchronized=replicas > 1
    )


def leaky_relu() -> keras.layers.Layer:
    """Leaky ReLU with slope 0.2."""
    return keras.layers.LeakyReLU(negative_slope=0.2)


def adam(learning_rate: float, beta_1: float, beta_2: float = 0.999):
    """`tf.train.AdamOptimizer`: the same form as Keras's, epsilon 1e-8."""
    # Keras would round a plain float to float32 before it corrects the bias with it.
    betas = np.float64(beta_1), np.float64(beta_2)
    return keras.optimizers.Adam(learning_rate, *betas, epsilon=1e-8)


class RMSProp(keras.optimizers.RMSprop):
    """`tf.train.RMSPropOptimizer`: epsilon 1e-10 in the root, accumulator from 1."""

    def __init__(self, learning_rate: float, accumulator: float = 1.0, **kwargs):
        super().__init__(learning_rate, rho=0.9, epsilon=1e-10, **kwargs)
        self.initial_accumulator = accumulator

    def build(self, variables):
        super().build(variables)
        for velocity in self._velocities:
            velocity.assign(keras.ops.full_like(velocity, self.initial_accumulator))
