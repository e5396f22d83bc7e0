"""Walks through latent space."""

import numpy as np
import pytest

from evaluation.pictures import interpolation

HALF = np.array([0.5])


def vectors(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def test_slerp_halves_a_right_angle():
    middle = interpolation.slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), HALF)
    np.testing.assert_allclose(middle, np.sqrt([0.5, 0.5]))


def test_slerp_is_shoemakes_formula_for_equal_lengths():
    start, end = 3 * interpolation.unit(vectors(2, 100))
    theta = np.arccos(start @ end / 9)
    t = np.array([0.3])
    expected = np.sin(0.7 * theta) * start + np.sin(0.3 * theta) * end
    np.testing.assert_allclose(
        interpolation.slerp(start, end, t),
        expected / np.sin(theta),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize("interpolate", interpolation.INTERPOLATIONS.values())
def test_interpolations_begin_and_end_where_they_should(interpolate):
    start, end = vectors(2, 5, 100)
    np.testing.assert_allclose(interpolate(start, end, np.array([0.0])), start)
    np.testing.assert_allclose(interpolate(start, end, np.array([1.0])), end)


def test_slerp_moves_the_length_evenly():
    start, end = vectors(100), 2 * vectors(2, 100)[1]
    ends = np.linalg.norm(start), np.linalg.norm(end)
    length = np.linalg.norm(interpolation.slerp(start, end, HALF))
    assert length == pytest.approx(np.mean(ends))


def test_slerp_of_parallel_vectors_is_a_straight_line():
    start = vectors(100)
    np.testing.assert_allclose(interpolation.slerp(start, 3 * start, HALF), 2 * start)


def test_slerp_of_opposite_vectors_goes_round_zero():
    start = vectors(100).astype(np.float32)
    middle = interpolation.slerp(start, -start, HALF)
    assert np.linalg.norm(middle) == pytest.approx(np.linalg.norm(start), rel=1e-6)
    assert middle @ start == pytest.approx(0, abs=1e-4)


def test_slerp_of_nearly_opposite_vectors_does_not_blow_up():
    start = np.array([1.0, 0.0, 0.0])
    end = np.array([-2.0, 1e-12, 0.0])
    assert np.linalg.norm(interpolation.slerp(start, end, HALF)) == pytest.approx(1.5)


def test_slerp_from_zero_changes_only_the_length():
    end = vectors(100)
    np.testing.assert_allclose(interpolation.slerp(0 * end, end, HALF), end / 2)
    np.testing.assert_allclose(interpolation.slerp(end, 0 * end, HALF), end / 2)


def test_slerp_between_zeros_stays_there():
    assert not interpolation.slerp(np.zeros(3), np.zeros(3), HALF).any()


def test_slerp_in_one_dimension_is_finite():
    assert np.isfinite(
        interpolation.slerp(np.array([1.0]), np.array([-1.0]), HALF)
    ).all()


def test_loop_visits_every_point_and_does_not_repeat_the_first():
    points = vectors(3, 4, 10)
    loop = interpolation.closed_loop(points, frames=12)
    assert loop.shape == (12, 4, 10)
    np.testing.assert_allclose(loop[::4], points, rtol=1e-6)
    assert not np.allclose(loop[-1], loop[0])


def test_loop_closes_with_a_step_like_the_others():
    corners = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    loop = interpolation.closed_loop(corners, frames=12)
    steps = np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1)
    np.testing.assert_allclose(steps, 2 * np.sin(np.pi / 12), rtol=1e-6)


def test_loop_with_fewer_frames_than_points_still_goes_round():
    points = vectors(6, 2)
    np.testing.assert_allclose(
        interpolation.closed_loop(points, 3), points[::2], rtol=1e-6
    )


def test_loop_of_one_point_stands_still():
    loop = interpolation.closed_loop(vectors(1, 5), frames=4)
    assert np.ptp(loop, axis=0).max() < 1e-6


def test_linear_loop_cuts_the_corner():
    corners = np.array([[1.0, 0], [0, 1]])
    loop = interpolation.closed_loop(corners, 4, interpolation.lerp)
    np.testing.assert_allclose(loop[1], [0.5, 0.5])


def test_rows_hold_both_ends():
    starts, ends = vectors(2, 3, 10)
    walks = interpolation.rows(starts, ends, columns=5)
    assert walks.shape == (3, 5, 10)
    np.testing.assert_allclose(walks[:, 0], starts, rtol=1e-6)
    np.testing.assert_allclose(walks[:, -1], ends, rtol=1e-6)
