"""The kernel distance: KID, where the features are Inception's.

Binkowski et al., 2018, arXiv:1801.01401. Unlike the Frechet distance it has no bias for
few images, and may fall below 0.
"""

from typing import NamedTuple

import numpy as np


class KernelDistance(NamedTuple):
    """A kernel distance: its mean over subsets, and the standard error of that."""

    value: float
    error: float


def kernel_distance(
    real: np.ndarray,
    fake: np.ndarray,
    subsets: int = 100,
    size: int = 1000,
    seed: int = 2020,
) -> KernelDistance:
    """Returns the squared MMD between features [n, d] and [m, d].

    It is the mean over `subsets` random subsets of `size` features each, at most the
    smaller count. torch-fidelity draws the same subsets and reports the deviation over
    them; here that is divided by sqrt(subsets). The error is that of the draws: it says
    nothing about other images than these.
    """
    size = min(size, len(real), len(fake))
    rng = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        x = real[rng.choice(len(real), size, replace=False)]
        y = fake[rng.choice(len(fake), size, replace=False)]
        values.append(squared_mmd(x.astype(np.float64), y.astype(np.float64)))

    error = np.std(values) / np.sqrt(subsets)
    return KernelDistance(float(np.mean(values)), float(error))


def squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    """Returns the unbiased squared MMD of [n, d] and [n, d]: no point meets itself."""
    count = len(x)
    kernels = (polynomial_kernel(x, x), polynomial_kernel(y, y))
    within = sum(kernel.sum() - kernel.trace() for kernel in kernels)
    between = polynomial_kernel(x, y).mean()
    return float(within / (count * (count - 1)) - 2 * between)


def polynomial_kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns (x . y / d + 1)^3 for all pairs of [n, d] and [m, d]: [n, m]."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base  # NumPy's power takes 20 times as long
