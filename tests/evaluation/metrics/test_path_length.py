"""Path lengths of linear maps, which are known."""

import numpy as np
import pytest

from evaluation.metrics import path_length


@pytest.mark.parametrize("epsilon", [1e-3, 0.5])
def test_a_linear_map_has_its_own_length(monkeypatch, epsilon):
    """|A u|^2 for unit steps u along the axes: the mean of the columns' squares."""
    monkeypatch.setattr(path_length, "STEPS_PER_BLOCK", 4)
    rng = np.random.default_rng(0)
    linear, z = rng.standard_normal((5, 3)), rng.standard_normal((9, 3))
    steps = np.tile(np.eye(3), (3, 1))
    near, far = z @ linear.T, (z + epsilon * steps) @ linear.T
    expected = np.square(linear).sum() / 3
    assert path_length.path_length(near, far, epsilon) == pytest.approx(expected)


def test_a_jump_counts():
    near = np.zeros((1000, 2), np.float32)
    far = near.copy()
    far[7] = [3, 4]
    assert path_length.path_length(near, far, 0.1) == pytest.approx(2.5)


def test_small_differences_of_large_features_are_kept():
    near = np.float32([[4096.5], [4096.0]])
    far = np.float32([[4097.0], [4096.0]])
    assert path_length.path_length(near, far, 1.0) == 0.125
