"""The Frechet distance, where a formula gives it."""

import numpy as np
import pytest

from evaluation.metrics import fid


def gaussian(mean, covariance, count=50, seed=0):
    """Points [count, d] that have exactly these moments."""
    noise = np.random.default_rng(seed).standard_normal((count, len(mean)))
    noise -= noise.mean(axis=0)
    white = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T))).T
    return mean + white @ np.linalg.cholesky(covariance).T


def between(real, fake):
    return fid.frechet_distance(
        fid.FeatureMoments.of(real), fid.FeatureMoments.of(fake)
    )


def test_moments_do_not_depend_on_the_portions():
    features = 1e6 + np.random.default_rng(0).standard_normal((2500, 6))
    moments = fid.FeatureMoments()
    for part in np.split(features, [1, 1, 4, 300, 2499]):
        moments.add(part)
    for found in (moments, fid.FeatureMoments.of(features)):
        assert found.count == 2500
        np.testing.assert_allclose(found.mean, features.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(found.covariance, np.cov(features.T), atol=1e-8)


def test_sums_of_float32_features_are_float64():
    features = np.full((3000, 2), 1e4 + 0.1, np.float32)
    np.testing.assert_allclose(
        fid.FeatureMoments.of(features).mean, np.float64(features[0]), rtol=1e-14
    )


def test_gaussians_along_the_axes():
    real = gaussian(np.zeros(3), np.diag([1, 4, 9.0]))
    fake = gaussian(np.array([1, 2, -2.0]), np.diag([4, 1, 9.0]), seed=1)
    assert between(real, fake) == pytest.approx(9 + 1 + 1 + 0)


@pytest.mark.parametrize("angle", [0.1, 0.8, np.pi / 2])
def test_rotated_gaussians(angle):
    """In two dimensions tr(M^(1/2)) = (tr M + 2 det(M)^(1/2))^(1/2)."""
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.array([[cos, -sin], [sin, cos]])
    first, second = np.diag([9, 1.0]), rotation @ np.diag([16, 0.25]) @ rotation.T
    trace = np.sqrt(np.trace(first @ second) + 2 * np.sqrt(9 * 4))
    real, fake = gaussian(np.ones(2), first), gaussian(np.ones(2), second, seed=1)
    assert between(real, fake) == pytest.approx(10 + 16.25 - 2 * trace)


def test_equal_sets_are_at_0():
    features = gaussian(np.ones(20), np.diag(np.arange(1, 21.0)))
    assert between(features, features[::-1]) == pytest.approx(0, abs=1e-9)
    assert between(features, features) >= 0


def few(count, dimensions, seed=0):
    """Features as an extractor makes them: float32, not negative, of many scales."""
    rng = np.random.default_rng(seed)
    noise = np.abs(rng.standard_normal((count, dimensions)))
    return np.float32(noise * rng.gamma(1, 1, dimensions))


def test_doubled_features_of_2048_dimensions_and_60_images():
    """Covariances C and 4 C of rank 59: |m|^2 + tr(C + 4 C - 2 (4 C C)^(1/2))."""
    features = few(60, 2048)
    mean, spread = features.mean(axis=0, dtype=float), features.var(axis=0, ddof=1)
    expected = mean @ mean + spread.sum(dtype=float)
    assert between(features, 2 * features) == pytest.approx(expected, rel=1e-6)


def test_covariances_of_low_rank_without_a_common_direction():
    real, fake = np.zeros((2, 12, 64))
    real[:, :32], fake[:, 32:] = few(12, 32), few(12, 32, seed=1)
    expected = np.square(real.mean(axis=0) - fake.mean(axis=0)).sum()
    expected += real.var(axis=0, ddof=1).sum() + fake.var(axis=0, ddof=1).sum()
    assert between(real, fake) == pytest.approx(expected, rel=1e-6)
    assert between(fake, real) == pytest.approx(expected, rel=1e-6)


def test_a_set_of_one_image_over_and_over():
    real, fake = gaussian(np.zeros(3), np.diag([1, 4, 9.0])), np.ones((5, 3))
    assert between(real, fake) == pytest.approx(3 + 14)
    assert between(fake, real) == pytest.approx(3 + 14)


def test_a_covariance_needs_more_images_than_features():
    assert fid.is_enough(2049, 2048)
    assert not fid.is_enough(2048, 2048)
