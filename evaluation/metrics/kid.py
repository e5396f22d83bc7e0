"""The kernel distance: KID, where the features are Inception's.

Binkowski et al., 2018, arXiv:1801.01401. Unlike the Frechet distance it has no bias for
few images, and may fall below 0.
"""

import functools
from typing import NamedTuple

import numpy as np

ROWS_IN_CACHE = 64  # of a kernel, whose powers are computed where they lie


class KernelDistance(NamedTuple):
    """A kernel distance: its mean over subsets, and the standard error of that."""

    value: float
    error: float


class KernelReference:
    """Real features [n, d], which several sets of fakes are compared with.

    The subsets and the kernels among the real features are the same for all of them.
    """

    def __init__(
        self,
        real: np.ndarray,
        fakes: int,
        subsets: int = 100,
        size: int = 1000,
        seed: int = 2020,
    ):
        """Draws the subsets, see `kernel_distance`; `fakes` is how many there are."""
        size = min(size, len(real), fakes)
        rng = np.random.RandomState(seed)
        self.real = real
        self.subsets = [
            (
                rng.choice(len(real), size, replace=False),
                rng.choice(fakes, size, replace=False),
            )
            for _ in range(subsets)
        ]

    @functools.cached_property
    def within(self) -> list[float]:
        """The sum of kernels within each subset of the real features."""
        return [kernels_within(float64(self.real, rows)) for rows, _ in self.subsets]

    def distance(self, fake: np.ndarray) -> KernelDistance:
        """Returns the squared MMD between the real features and fakes [m, d]."""
        values = [
            squared_mmd(float64(self.real, x_rows), float64(fake, y_rows), within)
            for (x_rows, y_rows), within in zip(self.subsets, self.within, strict=True)
        ]
        error = np.std(values) / np.sqrt(len(values))
        return KernelDistance(float(np.mean(values)), float(error))


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
    return KernelReference(real, len(fake), subsets, size, seed).distance(fake)


def float64(features: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Returns some rows of features [n, d] in double precision."""
    return features[rows].astype(np.float64)


def squared_mmd(x: np.ndarray, y: np.ndarray, within_x: float) -> float:
    """Returns the unbiased squared MMD of [n, d] and [n, d]: no point meets itself.

    `within_x` is `kernels_within(x)`.
    """
    count = len(x)
    within = within_x + kernels_within(y)
    between = polynomial_kernel(x, y).mean()
    return float(within / (count * (count - 1)) - 2 * between)


def kernels_within(x: np.ndarray) -> float:
    """Returns the sum of kernels of [n, d] over all pairs of two different points."""
    kernel = polynomial_kernel(x, x)
    return kernel.sum() - kernel.trace()


def polynomial_kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns (x . y / d + 1)^3 for all pairs of [n, d] and [m, d]: [n, m]."""
    kernel = x @ y.T
    for start in range(0, len(kernel), ROWS_IN_CACHE):
        base = kernel[start : start + ROWS_IN_CACHE]
        base /= x.shape[1]
        base += 1
        base *= base * base  # NumPy's power takes 20 times as long
    return kernel
