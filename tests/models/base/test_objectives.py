"""Each objective against the formula of its docstring, in NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from numerical import numerical_gradient

from models.base import objectives


def with_gradient(function, x):
    """Value and gradient of a scalar function at x."""
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value.numpy(), tape.gradient(value, x).numpy()


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


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("l2", lambda e: np.mean(np.sqrt((e**2).sum(1)))),
        ("mse", lambda e: np.mean(e**2)),
        ("l1", lambda e: np.mean(np.abs(e))),
        ("batch_l2", lambda e: np.sqrt((e**2).sum()) / 3),
        ("half_sum", lambda e: (e**2).sum() / 2),
    ],
)
def test_energies(rng, kind, expected):
    error = rng.normal(size=(3, 4, 4, 2))
    energy = objectives.ENERGIES[kind]
    value, gradient = with_gradient(lambda e: energy.mean(energy.per_image(e)), error)
    formula = lambda e: expected(e.reshape(3, -1))  # noqa: E731
    np.testing.assert_allclose(value, formula(error), rtol=1e-12)
    slope = numerical_gradient(formula, error)
    np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("kind", objectives.ENERGIES)
def test_a_perfect_reconstruction_has_a_finite_gradient(kind):
    energy = objectives.ENERGIES[kind]
    _, gradient = with_gradient(
        lambda e: energy.mean(energy.per_image(e)), np.zeros((2, 2, 2, 1))
    )
    np.testing.assert_array_equal(gradient, 0.0)


def test_least_squares():
    value, gradient = with_gradient(
        lambda x: objectives.least_squares(x, 0.5), np.array([[1.5], [0.0]])
    )
    np.testing.assert_allclose(value, (1.0 + 0.25) / 2)
    np.testing.assert_allclose(gradient, [[1.0], [-0.5]])


def test_the_slope_of_a_critic_at_its_images(rng):
    weights = rng.normal(size=(4, 4, 2))
    images = tf.constant(rng.normal(size=(3, 4, 4, 2)))

    def critic(x):
        return tf.reduce_sum(tf.square(x) * weights, axis=[1, 2, 3])[:, tf.newaxis]

    slope = objectives.input_gradient(critic, images)
    np.testing.assert_allclose(slope, 2 * images.numpy() * weights, rtol=1e-12)


@pytest.mark.parametrize("axes", [[1], [1, 2, 3]])
def test_gradient_penalty(rng, axes):
    slopes = rng.normal(size=(3, 4, 4, 2))

    def formula(g):
        return np.mean((np.sqrt((g**2).sum(axis=tuple(axes))) - 1) ** 2)

    value, gradient = with_gradient(
        lambda g: objectives.gradient_penalty(g, axes), slopes
    )
    np.testing.assert_allclose(value, formula(slopes), rtol=1e-12)
    expected = numerical_gradient(formula, slopes)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-8)


def test_the_penalty_of_a_flat_critic_is_one_with_a_finite_gradient():
    value, gradient = with_gradient(
        lambda g: objectives.gradient_penalty(g, [1, 2, 3]), np.zeros((2, 2, 2, 1))
    )
    np.testing.assert_allclose(value, 1.0)
    np.testing.assert_array_equal(gradient, 0.0)


@pytest.mark.parametrize(
    ("charge", "dimension", "epsilon"), [(1, 3, 1), (0.8, 3, 1), (1, 5, 2)]
)
def test_potential(rng, charge, dimension, epsilon):
    real, fake, points = (rng.normal(size=(n, 2, 2, 1)) for n in (3, 4, 2))

    def kernel(u, v):
        return (((u - v) ** 2).sum() + epsilon**2) ** (-(dimension - 2) / 2)

    expected = [
        charge * np.mean([kernel(x, a) for x in real])
        - np.mean([kernel(g, a) for g in fake])
        for a in points
    ]
    tensors = map(tf.constant, (points, real, fake))
    value = objectives.potential(*tensors, charge, dimension, epsilon)
    np.testing.assert_allclose(value[:, 0], expected, rtol=1e-9)


def test_an_image_counts_itself_among_the_charges():
    image = (
        tf.ones((1, 64, 64, 3)) * 0.7
    )  # in float32, where |u|^2 - 2 uv + |v|^2 fails
    far = -image
    value = objectives.potential(image, image, far).numpy()
    np.testing.assert_allclose(value, 1 - 1 / np.sqrt(4 * 0.49 * 12288 + 1), rtol=1e-6)


def test_kl_divergence(rng):
    mean, log_variance = rng.normal(size=(2, 3, 5))

    def formula(mean):
        terms = np.exp(log_variance) + mean**2 - 1 - log_variance
        return 0.5 * terms.sum()

    value, gradient = with_gradient(
        lambda m: tf.reduce_sum(objectives.kl_divergence(m, log_variance)), mean
    )
    np.testing.assert_allclose(value, formula(mean), rtol=1e-12)
    np.testing.assert_allclose(gradient, mean, rtol=1e-9)
    nothing = objectives.kl_divergence(tf.zeros((2, 3)), tf.zeros((2, 3)))
    np.testing.assert_array_equal(nothing, 0.0)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_bernoulli_is_finite_at_certainty(p):
    x = np.array([0.0, 0.25, 1.0]).reshape(1, 3, 1, 1)
    value = objectives.bernoulli(
        tf.constant(x), tf.fill(x.shape, tf.constant(p, tf.float64))
    )
    expected = -np.sum(x * np.log(p + 1e-8) + (1 - x) * np.log(1 - p + 1e-8))
    np.testing.assert_allclose(value, [expected], rtol=1e-9)


def test_gaussian(rng):
    x, y = rng.normal(size=(2, 3, 2, 2, 1))
    expected = ((x - y) ** 2).sum(axis=(1, 2, 3)) / 2
    np.testing.assert_allclose(objectives.gaussian(x, y), expected, rtol=1e-12)


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
