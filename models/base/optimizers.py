"""Optimizers as the originals' frameworks had them."""

from typing import Any, ClassVar, Literal

import keras
import tensorflow as tf
from keras import ops

Form = Literal["adam", "torch_adam", "rmsprop", "keras_rmsprop", "torch_rmsprop"]


def create(config: Any, learning_rate: float) -> keras.optimizers.Optimizer:
    """Returns the optimizer that a Config names, with its betas or rho."""
    if config.optimizer.endswith("adam"):
        betas = config.beta_1, config.beta_2
        form = TorchAdam if config.optimizer == "torch_adam" else Adam
        return form(learning_rate, *betas, epsilon=1e-8)
    return RMSProp(learning_rate, config.rho, config.accumulator, config.optimizer)


class Adam(keras.optimizers.Adam):
    """`tf.train.AdamOptimizer`, one kernel for each variable.

    lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps).
    """

    def update_step(self, gradient, variable, learning_rate):
        index, dtype = self._get_variable_index(variable), variable.dtype
        # tf.cast would round these floats to float32 on their way.
        beta_1, beta_2, epsilon = (
            tf.constant(x, dtype) for x in (self.beta_1, self.beta_2, self.epsilon)
        )
        t = tf.cast(self.iterations.value + 1, dtype)
        power = beta_2**t
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=beta_1**t,
            beta2_power=power,
            lr=tf.cast(learning_rate, dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=epsilon * self.correction(power),
            grad=tf.cast(gradient, dtype),
        )

    def correction(self, power: tf.Tensor) -> tf.Tensor | float:
        """Returns a factor on epsilon, from b2^t."""
        return 1.0


class TorchAdam(Adam):
    """PyTorch's Adam: epsilon is added after the bias correction.

    lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps).
    """

    def correction(self, power):
        return tf.sqrt(1 - power)


class RMSProp(keras.optimizers.RMSprop):
    """RMSProp in three frameworks' forms.

    `rmsprop` is `tf.train.RMSPropOptimizer`: lr g / sqrt(ms + 1e-10), where the running
    mean ms starts at `accumulator`, in TensorFlow 1 at 1. tf.keras and PyTorch add 1e-7
    or 1e-8 outside of the root, and start from 0, whatever `accumulator` is.
    """

    EPSILON: ClassVar[dict[str, float]] = {
        "rmsprop": 1e-10,
        "keras_rmsprop": 1e-7,
        "torch_rmsprop": 1e-8,
    }

    def __init__(self, learning_rate: float, rho: float, accumulator: float, form: str):
        super().__init__(learning_rate, rho=rho, epsilon=self.EPSILON[form])
        self.inside = form == "rmsprop"
        self.start = accumulator if self.inside else 0.0

    def build(self, variables):
        super().build(variables)
        for velocity in self._velocities:
            velocity.assign(ops.full_like(velocity, self.start))

    def update_step(self, gradient, variable, learning_rate):
        if self.inside:
            super().update_step(gradient, variable, learning_rate)
            return
        velocity = self._velocities[self._get_variable_index(variable)]
        mean = self.rho * velocity + (1 - self.rho) * ops.square(gradient)
        self.assign(velocity, mean)
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * gradient / (ops.sqrt(mean) + self.epsilon))
