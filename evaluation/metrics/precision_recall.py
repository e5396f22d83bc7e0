"""Precision, recall, density and coverage: fidelity and variety as separate numbers.

Each is a count of points of one set that lie in balls about the points of the other;
the radius of a ball is the distance from its centre to the k-th nearest point of the
centre's own set.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import sklearn.metrics

PRECISION_K = 3  # Kynkaanniemi et al. 2019
DENSITY_K = 5  # Naeem et al. 2020
BLOCK_MIB = 64  # of distances at a time


class PRDC(NamedTuple):
    """Shares of 1, but for the density: it is 1 for equal sets and may be more."""

    precision: float
    recall: float
    density: float
    coverage: float


class RealManifold:
    """Balls about real features [n, d], which several sets of fakes are tested with."""

    def __init__(self, real: np.ndarray):
        self.real = real.astype(np.float32, copy=False)

    @functools.cached_property
    def radii(self) -> np.ndarray:
        """The radii of the balls for precision, and those for density: [2, n]."""
        return radii(self.real, (PRECISION_K, DENSITY_K))

    def prdc(self, fake: np.ndarray) -> PRDC:
        """Compares the real features with fakes [m, d]; see the function `prdc`."""
        fake = fake.astype(np.float32, copy=False)
        real_radii, density_radii = self.radii  # [n] each
        (fake_radii,) = radii(fake, (PRECISION_K,))  # [m]

        precise = np.zeros(len(fake), bool)  # fakes that are in a real ball
        recalled = 0  # real points in a fake ball
        covered = 0  # real balls with a fake in them
        inside = 0  # pairs of a fake and a real ball that it is in
        for rows, distances in blocks(self.real, fake):  # [rows, m]
            precise |= (distances <= real_radii[rows, np.newaxis]).any(axis=0)
            recalled += (distances <= fake_radii).any(axis=1).sum()
            within = distances < density_radii[rows, np.newaxis]
            covered += within.any(axis=1).sum()
            inside += within.sum()

        return PRDC(
            precision=float(precise.mean()),
            recall=float(recalled / len(self.real)),
            density=float(inside / (DENSITY_K * len(fake))),
            coverage=float(covered / len(self.real)),
        )


def prdc(real: np.ndarray, fake: np.ndarray) -> PRDC:
    """Compares features [n, d] with [m, d]; both counts above 5.

    Precision is the share of fakes in a real one's ball, recall that of real ones in a
    fake's: Kynkaanniemi et al., 2019, arXiv:1904.06991, balls closed. Density is the
    number of real balls that a fake is in, over k, and coverage the share of real balls
    with a fake in it: Naeem et al., 2020, arXiv:2002.09797, balls open as in its code.
    """
    return RealManifold(real).prdc(fake)


def radii(points: np.ndarray, neighbours: tuple[int, ...]) -> np.ndarray:
    """Returns distances from each of [n, d] to some of its neighbours: [k, n].

    `neighbours` are their numbers: 1 is the nearest other point.
    """
    nearest = [
        np.partition(distances, neighbours, axis=1)[:, neighbours]
        for _, distances in blocks(points, points)
    ]
    return np.concatenate(nearest).T


def blocks(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields rows of float32 [n, d], and the distances from these to all of [m, d].

    scikit-learn multiplies in float64 and rounds the distances to float32, so that
    distances which ought to be equal mostly are; the diagonal is 0 if x is y.
    """
    start = 0
    for distances in sklearn.metrics.pairwise_distances_chunked(
        x, y, working_memory=BLOCK_MIB
    ):
        yield slice(start, start + len(distances)), distances
        start += len(distances)
