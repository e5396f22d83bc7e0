"""Optimizers as the originals' frameworks had them."""

from typing import Any, ClassVar, Literal

import keras
import numpy as np
from keras import ops

Form = Literal["adam", "torch_adam", "rmsprop", "keras_rmsprop", "torch_rmsprop"]


def create(config: Any, learning_rate: float) -> keras.optimizers.Optimizer:
    """The optimizer that a Config names, with its betas, rho and accumulator."""
    if config.optimizer.endswith("adam"):
        # Keras would round a plain float to float32 before it corrects the bias.
        betas = np.float64(config.beta_1), np.float64(config.beta_2)
        form = TorchAdam if config.optimizer == "torch_adam" else keras.optimizers.Adam
        return form(learning_rate, *betas, epsilon=1e-8)
    return RMSProp(learning_rate, config.rho, config.accumulator, config.optimizer)


class TorchAdam(keras.optimizers.Adam):
    """PyTorch's Adam: epsilon is added after the bias correction.

    lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps); `tf.train.AdamOptimizer`, whose
    form Keras has, adds it before: lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps).
    """

    def update_step(self, gradient, variable, learning_rate):
        index, t = self._get_variable_index(variable), self.iterations + 1
        m, v = self._momentums[index], self._velocities[index]
        self.assign_add(m, (1 - self.beta_1) * (gradient - m))
        self.assign_add(v, (1 - self.beta_2) * (ops.square(gradient) - v))
        t = ops.cast(t, variable.dtype)
        m_hat = m / (1 - ops.power(ops.cast(self.beta_1, variable.dtype), t))
        v_hat = v / (1 - ops.power(ops.cast(self.beta_2, variable.dtype), t))
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * m_hat / (ops.sqrt(v_hat) + self.epsilon))


class RMSProp(keras.optimizers.RMSprop):
    """RMSProp in three frameworks' forms; the running mean starts at `accumulator`.

    `rmsprop` is `tf.train.RMSPropOptimizer`: lr g / sqrt(ms + 1e-10), from 1. tf.keras
    and PyTorch add 1e-7 or 1e-8 outside of the root, and start from 0.
    """

    EPSILON: ClassVar[dict[str, float]] = {
        "rmsprop": 1e-10,
        "keras_rmsprop": 1e-7,
        "torch_rmsprop": 1e-8,
    }

    def __init__(self, learning_rate: float, rho: float, accumulator: float, form: str):
        super().__init__(learning_rate, rho=rho, epsilon=self.EPSILON[form])
        self.accumulator, self.inside = accumulator, form == "rmsprop"

    def build(self, variables):
        super().build(variables)
        for velocity in self._velocities:
            velocity.assign(ops.full_like(velocity, self.accumulator))

    def update_step(self, gradient, variable, learning_rate):
        if self.inside:
            super().update_step(gradient, variable, learning_rate)
            return
        velocity = self._velocities[self._get_variable_index(variable)]
        mean = self.rho * velocity + (1 - self.rho) * ops.square(gradient)
        self.assign(velocity, mean)
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * gradient / (ops.sqrt(mean) + self.epsilon))
