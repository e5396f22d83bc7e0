"""Each objective against the formula of its docstring, in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from models import objectives


def with_gradient(function, x):
    """Value and gradient of a scalar function at x."""
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value.numpy(), tape.gradient(value, x).numpy()


def numerical_gradient(function, x, step=1e-6):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += step
        behind[i] -= step
        gradient[i] = (function(ahead) - function(behind)) / (2 * step)
    return gradient


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("label", [0.0, 0.9, 1.0])
def test_cross_entropy(label):
    logits = np.array([[-2.0], [0.5], [3.0]])
    p = 1 / (1 + np.exp(-logits))
    value, gradient = with_gradient(
        lambda x: objectives.cross_entropy(x, label), logits
    )
    expected = -np.mean(label * np.log(p) + (1 - label) * np.log(1 - p))
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, (p - label) / 3, rtol=1e-7)


def test_cross_entropy_of_huge_logits_is_finite():
    value, gradient = with_gradient(
        lambda x: objectives.cross_entropy(x, 1.0), np.array([[-1e4], [1e4]])
    )
    np.testing.assert_allclose(value, 5e3)
    np.testing.assert_allclose(gradient, [[-0.5], [0.0]])


def test_wasserstein():
    real, fake = tf.constant([[1.0], [3.0]]), tf.constant([[0.5], [-0.5]])
    assert objectives.wasserstein(real, fake) == 2.0


def test_reconstruction_norm_and_mse(rng):
    x, y = rng.normal(size=(2, 3, 4, 4, 2))
    error = (x - y).reshape(3, -1)
    norm = objectives.reconstruction_norm(tf.constant(x), tf.constant(y))
    mse = objectives.reconstruction_mse(tf.constant(x), tf.constant(y))
    np.testing.assert_allclose(norm, np.sqrt((error**2).sum(1)), rtol=1e-12)
    np.testing.assert_allclose(mse, (error**2).mean(1), rtol=1e-12)


def test_a_perfect_reconstruction_has_a_finite_gradient():
    x = tf.ones((1, 2, 2, 1))
    _, gradient = with_gradient(
        lambda y: tf.reduce_sum(
            objectives.reconstruction_norm(tf.cast(x, tf.float64), y)
        ),
        np.ones((1, 2, 2, 1)),
    )
    np.testing.assert_array_equal(gradient, 0.0)


def pull_away(latents):
    """The mean of cos^2 over the pairs i != j, pair by pair."""
    n = len(latents)
    cosines = [
        latents[i]
        @ latents[j]
        / np.linalg.norm(latents[i])
        / np.linalg.norm(latents[j])
        for i in range(n)
        for j in range(n)
        if i != j
    ]
    return np.mean(np.square(cosines))


def test_pull_away(rng):
    latents = rng.normal(size=(4, 5))
    value, gradient = with_gradient(objectives.pull_away, latents)
    np.testing.assert_allclose(value, pull_away(latents), rtol=1e-7)
    expected = numerical_gradient(pull_away, latents)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("latents", "expected"), [(np.eye(3), 0.0), (np.ones((3, 2)), 1.0)]
)
def test_pull_away_of_orthogonal_and_of_equal_latents(latents, expected):
    value = objectives.pull_away(tf.constant(latents))
    np.testing.assert_allclose(value, expected, atol=1e-7)
