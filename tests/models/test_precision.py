"""Mixed precision: what has to stay in float32 does, and numbers agree with it."""

import contextlib
import functools
import inspect
import types

import keras
import narrow_models
import numpy as np
import pytest
import tensorflow as tf

import models
from models.base import objectives
from models.networks import image_to_image, layers

ROWS = 16
FAST = {name: {"net": "mnist_began"} for name in ("began", "began-cs")}
FAST["wgan-gp"] = {"net": "dcgan"}
# A sum, mean or root of bfloat16 numbers that has no place in a network.
SUMS = {"BiasAddGrad", "Mean", "Square", "SquaredDifference", "Sqrt", "Rsqrt", "Log"}
ALL = pytest.mark.parametrize("name", models.MODELS)


@contextlib.contextmanager
def policy(name):
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


def create(name, **overrides):
    options = narrow_models.without_dropout(name) | FAST.get(name, {}) | overrides
    return narrow_models.create(name, **options)


def floats(values):
    """The dtypes of the floating tensors in what a function takes or gives."""
    tensors = [x for x in tf.nest.flatten(values) if tf.is_tensor(x)]
    return {x.dtype.name for x in tensors if x.dtype.is_floating}


@contextlib.contextmanager
def watched_objectives():
    """The dtypes that reach each function of models.objectives, by its name."""
    seen, energies = {}, dict(objectives.ENERGIES)

    def watch(name, function):
        @functools.wraps(function)
        def watched(*args, **kwargs):
            seen.setdefault(name, set()).update(floats([args, kwargs]))
            return function(*args, **kwargs)

        return watched

    with pytest.MonkeyPatch.context() as patch:
        for name, function in inspect.getmembers(objectives, inspect.isfunction):
            if function.__module__ == objectives.__name__:
                patch.setattr(objectives, name, watch(name, function))
        for name, energy in energies.items():
            watches = [watch(f"energy {name}", function) for function in energy]
            patch.setitem(objectives.ENERGIES, name, objectives.Energy(*watches))
        yield seen


@functools.cache
def first_step(name, precision):
    """A step that makes no update, and the networks that it was made with."""
    gradients = {}
    with policy(precision), watched_objectives() as seen:
        model = create(name)
        for key, player in model.players.items():
            player.optimizer.apply = functools.partial(gradients.__setitem__, key)
        batches = range(model.batches_per_step)
        logs = model.train_step([narrow_models.batch(i, ROWS) for i in batches])
    flat = {k: np.concatenate([np.ravel(g) for g in v]) for k, v in gradients.items()}
    weights = [v for network in model.networks.values() for v in network.weights]
    slots = [v for p in model.players.values() for v in p.optimizer.variables]
    state = floats([tf.convert_to_tensor(v) for v in [*weights, *slots]])
    state |= floats([tf.convert_to_tensor(v) for v in model.extras().values()])
    nets = [*model.networks.values()]
    return types.SimpleNamespace(
        logs=logs, gradients=flat, seen=seen, state=state, networks=nets
    )


@ALL
def test_objectives_take_float32_alone(name):
    seen = first_step(name, "mixed_bfloat16").seen
    found = {function: dtypes for function, dtypes in seen.items() if dtypes}
    assert found
    assert found == {function: {"float32"} for function in found}


@ALL
def test_a_step_agrees_with_float32(name):
    exact, mixed = (first_step(name, p) for p in ("float32", "mixed_bfloat16"))
    for key, value in exact.logs.items():
        np.testing.assert_allclose(mixed.logs[key], value, 0.03, 0.01, err_msg=key)
    for key, ours in exact.gradients.items():
        theirs = mixed.gradients[key]
        sizes = np.linalg.norm(ours), np.linalg.norm(theirs)
        assert ours @ theirs / np.prod(sizes) > 0.95, key
        assert 0.9 < sizes[1] / sizes[0] < 1.1, key


@ALL
def test_logs_and_state_are_float32(name):
    step = first_step(name, "mixed_bfloat16")
    assert floats(step.logs) == step.state == {"float32"}


@ALL
def test_what_networks_put_out_is_computed_in_float32(name):
    for network in first_step(name, "mixed_bfloat16").networks:
        made_by = [output._keras_history.operation for output in network.outputs]
        if isinstance(made_by[0], keras.layers.Concatenate):
            made_by += [x._keras_history.operation for x in made_by[0].input]
        assert {layer.compute_dtype for layer in made_by} == {"float32"}


def gradient_graph(network):
    """The graph of a network's passes and of the gradient of its weights."""

    def gradient(x):
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(network(x, training=True))
            total = tf.add_n([tf.reduce_sum(y) for y in outputs])
        return tape.gradient(total, network.trainable_variables)

    shape = [side or narrow_models.SHAPE[0] for side in network.input_shape[1:]]
    inputs = tf.TensorSpec([ROWS, *shape], "float32")
    return tf.function(gradient, autograph=False).get_concrete_function(inputs).graph


@ALL
def test_networks_take_sums_in_float32(name):
    nets = first_step(name, "mixed_bfloat16").networks
    graphs = [gradient_graph(network) for network in nets]
    operations = [op for graph in graphs for op in graph.get_operations()]
    low = {op.type for op in operations if tf.bfloat16 in [x.dtype for x in op.inputs]}
    assert low & {"Conv2D", "MatMul"}  # the precision is mixed
    assert not low & SUMS


@pytest.mark.parametrize("kind", ["down", "up"])
def test_a_biass_gradient_is_a_whole_sum(kind):
    """Of as many ones it would be 512 in bfloat16."""
    with policy("mixed_bfloat16"):
        images = keras.Input((32, 32, 1))
        outputs = getattr(layers.Style(), kind)(images, 3, 3, 1)
        network = keras.Model(images, outputs)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(tf.cast(network(tf.ones((64, 32, 32, 1))), "float32"))
        bias = network.trainable_variables[-1]
        np.testing.assert_allclose(tape.gradient(total, bias), 64 * 32 * 32)


@pytest.mark.parametrize("kind", ["down", "up"])
def test_a_kernel_of_a_million_weights_agrees_with_float32(kind):
    x = np.random.default_rng(0).normal(size=(4, 4, 4, 512)).astype("float32")
    found = []
    for precision in ("float32", "mixed_bfloat16"):
        keras.utils.set_random_seed(0)
        with policy(precision):
            images = keras.Input((4, 4, 512))
            made = getattr(layers.Style(), kind)(images, 256, 5)
            network = keras.Model(images, made)
        with tf.GradientTape() as tape:
            y = tf.cast(network(x), "float32")
            loss = tf.reduce_sum(tf.square(y))
        found.append([y, *tape.gradient(loss, network.trainable_variables)])
    for ours, theirs in zip(*found, strict=True):
        assert np.linalg.norm(ours - theirs) < 0.02 * np.linalg.norm(ours)


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_a_norm_takes_a_bias_off_again(norm):
    """A bias of 100 would leave numbers from -1 to 1 two of their eight bits."""
    x = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 1)).astype("float32")
    found = {}
    for bias in (0.0, 100.0):
        with policy("mixed_bfloat16"):
            images, style = keras.Input((8, 8, 1)), layers.Style(norm=norm)
            made = image_to_image.conv(images, style, 1, 1)
            network = keras.Model(images, style.normalize(made))
        kernel, added, *_ = network.weights
        kernel.assign(tf.ones_like(kernel))
        added.assign([bias])
        found[bias] = np.float32(network(x, training=True))
    np.testing.assert_allclose(found[100.0], found[0.0], atol=0.02)


@pytest.mark.parametrize("norm", ["batch", "layer", "instance"])
def test_statistics_are_float32(norm):
    """In bfloat16 the mean of numbers about 100 would be off by half."""
    axes = {"batch": (0, 1, 2), "layer": (1, 2, 3), "instance": (1, 2)}[norm]
    values = 100 + np.random.default_rng(0).normal(size=(16, 8, 8, 4))
    x = tf.cast(values, "bfloat16")
    with policy("mixed_bfloat16"):
        images = keras.Input((8, 8, 4))
        network = keras.Model(images, layers.Style(norm=norm).normalize(images))
    seen = np.float64(x)
    mean, deviation = seen.mean(axes, keepdims=True), seen.std(axes, keepdims=True)
    y = np.float64(network(tf.cast(x, "float32"), training=True))
    np.testing.assert_allclose(y, (seen - mean) / deviation, rtol=0.01, atol=1e-3)
    if norm == "batch":
        moving = network.layers[-1].moving_mean
        np.testing.assert_allclose(moving, 0.01 * mean.ravel(), rtol=1e-5)


@pytest.mark.parametrize("name", ["wgan-gp", "dragan"])
def test_a_penalty_sees_whole_images_and_a_norm_in_float32(name, monkeypatch):
    seen, original = {}, objectives.input_gradient

    def input_gradient(judge, images):
        seen["images"], seen["gradient"] = images, original(judge, images)
        return seen["gradient"]

    monkeypatch.setattr(objectives, "input_gradient", input_gradient)
    with policy("mixed_bfloat16"):
        model = create(name, **{"clip": False} if name == "dragan" else {})
        batch = model.prepared(narrow_models.batch(rows=ROWS))
        fake = model.run(model.generator, batch["z"])
        seen_by_d = [model.as_d_sees(x, batch) for x in (batch["image"], fake)]
        penalty, _ = model.penalty(batch, *seen_by_d, None, None)
    rounded = tf.cast(tf.cast(seen["images"], "bfloat16"), "float32")
    assert np.mean(rounded == seen["images"]) < 0.05
    axes = 1 if name == "dragan" else (1, 2, 3)
    norms = np.sqrt((np.float64(seen["gradient"]) ** 2).sum(axes))
    expected = 10 * ((norms - 1) ** 2).mean()
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)
