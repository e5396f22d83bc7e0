"""Precision, recall, density and coverage of points whose balls are known."""

import tracemalloc

import numpy as np
import pytest

from evaluation.metrics import precision_recall

# On a line. Radii to the third neighbour: 3 2 2 2 2 3 and 4 3 2 3 3 5; balls with ends.
# Radii of the real ones to the fifth neighbour: 5 4 3 3 4 5; balls without ends.
REAL = [0, 1, 2, 3, 4, 5]
FAKE = [5, 6, 8, 9, 10, 13]


def line(values):
    return np.float32(values)[:, np.newaxis]


def noise(count, dimensions=16, seed=0):
    return np.float32(np.random.default_rng(seed).normal(size=(count, dimensions)))


def test_points_on_a_line():
    found = precision_recall.prdc(line(REAL), line(FAKE))
    assert found.precision == 3 / 6  # 5, 6 and, at the end of 5's ball, 8
    assert found.recall == pytest.approx(5 / 6)  # all but 0; 1 is at the end of 5's
    assert found.density == pytest.approx((3 + 2 + 1 + 1) / (5 * 6))  # of 5, 6, 8, 9
    assert found.coverage == 3 / 6  # the balls of 3, 4 and 5


def test_precision_one_way_is_recall_the_other():
    there = precision_recall.prdc(line(REAL), line(FAKE))
    back = precision_recall.prdc(line(FAKE), line(REAL))
    assert (back.precision, back.recall) == (there.recall, there.precision)


def test_copies_have_all_and_a_density_of_1():
    points = 7 + noise(300, 64)
    assert precision_recall.prdc(points, points[::-1].copy()) == pytest.approx(
        (1, 1, 1, 1)
    )


def test_sets_that_are_far_apart_have_nothing():
    assert precision_recall.prdc(noise(30), 1000 + noise(30)) == (0, 0, 0, 0)


def test_one_image_of_the_real_ones_is_precise_and_dense_and_covers_little():
    points = noise(100)
    found = precision_recall.prdc(points, np.tile(points[:1], (50, 1)))
    assert found.precision == 1
    assert found.recall == pytest.approx(0.01)
    assert found.density >= 1 / 5
    assert found.coverage == pytest.approx(5 * found.density / 100)


def test_portions_change_nothing(monkeypatch):
    real, fake = noise(150, seed=1), 0.8 * noise(110, seed=2)
    whole = precision_recall.prdc(real, fake)
    monkeypatch.setattr(precision_recall, "BLOCK_MIB", 0.02)
    assert len(list(precision_recall.blocks(real, fake))) > 5
    assert precision_recall.prdc(real, fake) == whole
    assert 0 < whole.recall < 1


def test_memory_does_not_grow_with_the_square(monkeypatch):
    monkeypatch.setattr(precision_recall, "BLOCK_MIB", 1)
    peaks = []
    for count in (1000, 3000):
        points = noise(count, 4)
        tracemalloc.start()
        precision_recall.prdc(points, points)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 2e6  # all distances at once: 32e6


def test_real_radii_are_computed_once(monkeypatch):
    real, *fakes = (noise(30, seed=seed) for seed in range(3))
    expected = [precision_recall.prdc(real, fake) for fake in fakes]

    computed = []
    compute = precision_recall.radii
    monkeypatch.setattr(
        precision_recall, "radii", lambda x, k: computed.append(x) or compute(x, k)
    )
    manifold = precision_recall.RealManifold(real)
    assert [manifold.prdc(fake) for fake in fakes] == expected
    assert len(computed) == 3
