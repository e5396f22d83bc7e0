"""The kernel distance, where it can be done by hand."""

import itertools

import numpy as np
import pytest

from evaluation.metrics import kid


def column(*values):
    return np.float32(values)[:, np.newaxis]


def test_by_hand():
    """Kernels (xy + 1)^3: 1 within each set; 1, 1, 1 and 27 between them."""
    found = kid.kernel_distance(column(0, 1), column(0, 2))
    assert found.value == pytest.approx(1 + 1 - 2 * 30 / 4)
    assert found.error == pytest.approx(0)


def test_products_are_divided_by_the_dimensions():
    x = np.float64([[1, 2, 3, 0], [2, 0, 0, 0]])
    expected = np.array([[14 / 4 + 1, 2 / 4 + 1], [2 / 4 + 1, 4 / 4 + 1]]) ** 3
    np.testing.assert_allclose(kid.polynomial_kernel(x, x), expected)


def test_equal_distributions_are_at_0_on_average():
    """The mean over all sets of two that coins can make, all equally likely."""
    sets = [column(*coins).astype(float) for coins in itertools.product((0, 1), (0, 1))]
    values = [kid.squared_mmd(x, y, kid.kernels_within(x)) for x in sets for y in sets]
    assert np.mean(values) == pytest.approx(0, abs=1e-12)
    assert np.ptp(values) > 1


def test_the_error_is_that_of_the_mean_over_subsets():
    """Of two fakes both are 1, and 1 + 8 - 2 the outcome, in 6 of 28 pairs; else 0."""
    real, fake = column(0, 0, 0), column(1, 1, 1, 1, 0, 0, 0, 0)
    found = kid.kernel_distance(real, fake, subsets=2000, size=2)
    error = 7 * np.sqrt(6 / 28 * 22 / 28 / 2000)
    assert found.value == pytest.approx(7 * 6 / 28, abs=3 * error)
    assert found.error == pytest.approx(error, rel=0.1)


def test_real_features_are_compared_with_several_sets_and_computed_once(monkeypatch):
    rng = np.random.default_rng(0)
    real, *fakes = rng.standard_normal((3, 9, 4)).astype("float32")
    expected = [kid.kernel_distance(real, fake, subsets=5, size=4) for fake in fakes]

    computed = []
    compute = kid.kernels_within
    monkeypatch.setattr(
        kid, "kernels_within", lambda x: computed.append(x) or compute(x)
    )
    reference = kid.KernelReference(real, 9, subsets=5, size=4)
    assert not computed
    assert [reference.distance(fake) for fake in fakes] == expected
    assert len(computed) == 5 + 2 * 5
