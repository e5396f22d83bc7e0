"""In float64 no number is rounded to float32 on its way into a step."""

import contextlib

import keras
import narrow_models
import pytest
import tensorflow as tf

from models.networks import layers

# Together they have both Adams, RMSProp, and each slope of a leaky ReLU.
NAMES = ["gan", "wgan", "infogan", "vae"]


@contextlib.contextmanager
def float64():
    """Builds and traces in float64."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def operations(name):
    """The operations of a model's step in float64."""
    with float64():
        model = narrow_models.create(name)
        batch = narrow_models.batch()
        batch["image"] = tf.cast(batch["image"], "float64")
        step = tf.function(model.train_step, autograph=False)
        concrete = step.get_concrete_function([batch])
    return concrete.graph.get_operations()


def widens(op):
    """Returns whether an operation takes float32 to float64."""
    ends = op.type == "Cast" and [x.dtype for x in (op.inputs[0], op.outputs[0])]
    return ends == [tf.float32, tf.float64]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_rounds_no_number(name):
    """A kernel's slope has 24 bits, and tf.cast of a Python float goes through 24."""
    ops = operations(name)
    rounded = [op for op in ops if op.type == "LeakyRelu" or widens(op)]
    assert [op.name for op in rounded] == []


@pytest.mark.parametrize("slope", [0.2, 0.1, 0.01])
def test_a_leaky_relu_has_its_slope(slope):
    x = tf.constant([-3.0, 5.0], "float64")
    with float64():
        assert layers.leaky_relu(x, slope).numpy() == pytest.approx(
            [-3 * slope, 5.0], rel=1e-15
        )
