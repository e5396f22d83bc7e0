"""Fidelity and variety apart: precision, recall, density and coverage.

Both papers take balls about the points of one set, each as large as the distance to its
k-th neighbour in that set, and ask which points of the other set lie in them.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import sklearn.metrics

PRECISION_K = 3  # Kynkaanniemi et al. 2019
DENSITY_K = 5  # Naeem et al. 2020
BLOCK = 64  # MiB of distances at a time


class Manifold(NamedTuple):
    """Shares of 1, but for the density: it is 1 for equal sets and may be more."""

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(real: np.ndarray, fake: np.ndarray) -> Manifold:
    """Compares features [n, d] with [m, d]; both counts above 5.

    Precision is the share of fakes in a real one's ball, recall that of real ones in a
    fake's: Kynkaanniemi et al., 2019, arXiv:1904.06991, balls closed. Density is the
    number of real balls that a fake is in, over k, and coverage the share of real balls
    with a fake in it: Naeem et al., 2020, arXiv:2002.09797, balls open as in its code.
    """
    real, fake = (x.astype(np.float32, copy=False) for x in (real, fake))
    reach, wide = radii(real, (PRECISION_K, DENSITY_K))
    (fake_reach,) = radii(fake, (PRECISION_K,))
    precise = np.zeros(len(fake), bool)
    recalled, covered, inside = 0, 0, 0
    for rows, distances in blocks(real, fake):
        precise |= (distances <= reach[rows, np.newaxis]).any(axis=0)
        recalled += (distances <= fake_reach).any(axis=1).sum()
        within = distances < wide[rows, np.newaxis]
        inside += within.sum()
        covered += within.any(axis=1).sum()
    return Manifold(
        precision=float(precise.mean()),
        recall=float(recalled / len(real)),
        density=float(inside / (DENSITY_K * len(fake))),
        coverage=float(covered / len(real)),
    )


def radii(points: np.ndarray, neighbours: tuple[int, ...]) -> np.ndarray:
    """Distances [k, n] from each of [n, d] to some of its neighbours; 1 is the nearest.

    The point itself is none of them.
    """
    nearest = [
        np.partition(distances, neighbours, axis=1)[:, neighbours]
        for _, distances in blocks(points, points)
    ]
    return np.concatenate(nearest).T


def blocks(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Distances from some rows of float32 [n, d] to all of [m, d], and which rows.

    scikit-learn multiplies in float64 and rounds the distances to float32, so that
    distances which ought to be equal mostly are; the diagonal is 0 if x is y.
    """
    start = 0
    for distances in sklearn.metrics.pairwise_distances_chunked(
        x, y, working_memory=BLOCK
    ):
        yield slice(start, start + len(distances)), distances
        start += len(distances)
