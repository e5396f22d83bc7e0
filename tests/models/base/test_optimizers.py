"""Each optimizer's form against its formula in NumPy, over three updates."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.base import optimizers

GRADIENTS = np.random.default_rng(0).normal(size=(3, 4)) * [[1], [1e-3], [1e-8]]
RATE = 2**-7  # exact in float32, in which an optimizer keeps it here
BETA_1, BETA_2, RHO = 0.9, 0.999, 0.8


def adam(form):
    """Epsilon-hat of TensorFlow 1, or PyTorch's epsilon after the bias correction."""
    x, m, v = np.zeros(4), np.zeros(4), np.zeros(4)
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = BETA_1 * m + (1 - BETA_1) * g, BETA_2 * v + (1 - BETA_2) * g**2
        c1, c2 = 1 - BETA_1**t, 1 - BETA_2**t
        if form == "adam":
            x = x - RATE * np.sqrt(c2) / c1 * m / (np.sqrt(v) + 1e-8)
        else:
            x = x - RATE * (m / c1) / (np.sqrt(v / c2) + 1e-8)
    return x


def rmsprop(form, accumulator):
    x, mean = np.zeros(4), np.full(4, accumulator)
    epsilon = {"keras_rmsprop": 1e-7, "torch_rmsprop": 1e-8}
    for g in GRADIENTS:
        mean = RHO * mean + (1 - RHO) * g**2
        if form == "rmsprop":
            x = x - RATE * g / np.sqrt(mean + 1e-10)
        else:
            x = x - RATE * g / (np.sqrt(mean) + epsilon[form])
    return x


@pytest.mark.parametrize(
    ("form", "accumulator", "expected"),
    [
        ("adam", 0.0, adam("adam")),
        ("torch_adam", 0.0, adam("torch_adam")),
        ("rmsprop", 1.0, rmsprop("rmsprop", 1.0)),
        ("rmsprop", 0.0, rmsprop("rmsprop", 0.0)),
        ("keras_rmsprop", 1.0, rmsprop("keras_rmsprop", 0.0)),
        ("torch_rmsprop", 1.0, rmsprop("torch_rmsprop", 0.0)),
    ],
)
def test_three_updates_in_float64(form, accumulator, expected):
    """Keras's and PyTorch's RMSProp start at 0, whatever the accumulator."""
    config = types.SimpleNamespace(
        optimizer=form, beta_1=BETA_1, beta_2=BETA_2, rho=RHO, accumulator=accumulator
    )
    variable = keras.Variable(np.zeros(4), dtype="float64")
    optimizer = optimizers.create(config, RATE)
    optimizer.build([variable])
    for gradient in GRADIENTS:
        optimizer.apply([tf.constant(gradient)])
    np.testing.assert_allclose(variable, expected, rtol=0, atol=1e-15)
