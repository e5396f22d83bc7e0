"""The kernel distance: KID, where the features are Inception's.

Binkowski et al., 2018, arXiv:1801.01401. Unlike the Frechet distance it has no bias for
few images, and may fall below 0.
"""

from typing import NamedTuple

import numpy as np


class Kernel(NamedTuple):
    """The mean over subsets, and its standard error."""

    value: float
    error: float


def distance(
    real: np.ndarray,
    fake: np.ndarray,
    subsets: int = 100,
    size: int = 1000,
    seed: int = 2020,
) -> Kernel:
    """Squared MMD between features [n, d] and [m, d], a mean over random subsets.

    `size` is at most the smaller count. torch-fidelity draws the same subsets and calls
    the deviation over them what is divided by sqrt(subsets) here. The error is that of
    the draws: it says nothing about other images than these.
    """
    size = min(size, len(real), len(fake))
    rng = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        x = real[rng.choice(len(real), size, replace=False)]
        y = fake[rng.choice(len(fake), size, replace=False)]
        values.append(discrepancy(x.astype(np.float64), y.astype(np.float64)))
    return Kernel(float(np.mean(values)), float(np.std(values) / np.sqrt(subsets)))


def discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """Unbiased squared MMD between [n, d] and [n, d]: no point meets itself."""
    count = len(x)
    within = sum(k.sum() - k.trace() for k in (polynomial(x, x), polynomial(y, y)))
    return float(within / (count * (count - 1)) - 2 * polynomial(x, y).mean())


def polynomial(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(x . y / d + 1)^3 of all pairs: [n, m]."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base  # NumPy's power takes 20 times as long
