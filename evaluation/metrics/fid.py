"""The Frechet distance between Gaussians: FID, where the features are Inception's.

Heusel et al., 2017, arXiv:1706.08500.
"""

from __future__ import annotations

import numpy as np

from common.errors import UserError

BLOCK = 1000  # features that are held in float64 at a time


class Moments:
    """Count, mean and covariance of features that come a portion at a time.

    In float64; blocks are merged as Chan et al. do (1983, The American Statistician
    37:3), so that an offset which is common to all features loses no digits.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(())  # [d] after the first features
        self.scatter = np.zeros(())  # [d, d]: sum of products of deviations

    @classmethod
    def of(cls, features: np.ndarray) -> Moments:
        """Those of features [n, d] that are all there."""
        moments = cls()
        moments.add(features)
        return moments

    def add(self, features: np.ndarray) -> None:
        """Takes features [n, d] in."""
        for start in range(0, len(features), BLOCK):
            self._merge(features[start : start + BLOCK].astype(np.float64))

    def _merge(self, block: np.ndarray) -> None:
        mean = block.mean(axis=0)
        deviations = block - mean
        shift = mean - self.mean
        total = self.count + len(block)
        between = np.outer(shift, shift) * (self.count * len(block) / total)
        self.scatter = self.scatter + deviations.T @ deviations + between
        self.mean = self.mean + shift * (len(block) / total)
        self.count = total

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased one [d, d]; needs two features or more."""
        return self.scatter / (self.count - 1)


def distance(real: Moments, fake: Moments) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): the squared distance.

    C1 C2 has the eigenvalues of A^T C2 A, where C1 = A A^T. That one is symmetric: its
    eigenvalues are real and, but for rounding, not negative, whatever the ranks. Those
    of C1 that are rounding alone are left out.
    """
    first, second = real.covariance, fake.covariance
    values, vectors = np.linalg.eigh(first)
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    root = vectors[:, kept] * np.sqrt(values[kept])  # A
    product = np.linalg.eigvalsh(root.T @ second @ root)
    shared = np.sqrt(product.clip(min=0)).sum()
    shift = fake.mean - real.mean
    traces = np.trace(first) + np.trace(second)
    return float(max(0, shift @ shift + traces - 2 * shared))


def check(count: int, dimensions: int, what: str) -> None:
    """Refuses a covariance of so few images that it cannot have full rank.

    Raises:
        UserError: `count` images (`what` they are) do not exceed `dimensions` features.
    """
    if count <= dimensions:
        raise UserError(
            f"{count:,} {what} are too few for the covariance of {dimensions:,} "
            f"features: take more (--eval_samples {dimensions + 1} or above) or an "
            "extractor with fewer features (--extractor classifier or random), or read "
            "the KID"
        )
