"""The Frechet distance between Gaussians: FID, where the features are Inception's.

Heusel et al., 2017, arXiv:1706.08500.
"""

from __future__ import annotations

import functools

import numpy as np

FEATURES_PER_BLOCK = 1000  # converted to float64 at a time


class FeatureMoments:
    """Count, mean and covariance of features [n, d], which may come in batches.

    In float64; blocks are merged as Chan et al. do (1983, The American Statistician
    37:3), so that an offset which is common to all features loses no digits.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(())  # [d] after the first features
        self.scatter = np.zeros(())  # [d, d]: sum of products of deviations

    @classmethod
    def of(cls, features: np.ndarray) -> FeatureMoments:
        """Returns the moments of features [n, d]."""
        moments = cls()
        moments.add(features)
        return moments

    def add(self, features: np.ndarray) -> None:
        """Includes more features [n, d]."""
        for start in range(0, len(features), FEATURES_PER_BLOCK):
            block = features[start : start + FEATURES_PER_BLOCK]
            self._merge(block.astype(np.float64))

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
        """The unbiased covariance [d, d]; needs two features or more."""
        return self.scatter / (self.count - 1)


class FrechetReference:
    """The Gaussian of real features, which several others are compared with."""

    def __init__(self, moments: FeatureMoments):
        self.mean = moments.mean  # [d]
        self.covariance = moments.covariance  # [d, d]

    @functools.cached_property
    def root(self) -> np.ndarray:
        """A [d, rank] with A A^T = C, the covariance.

        Eigenvalues of C that are nothing but rounding are left out.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        significant = values > values[-1] * len(values) * np.finfo(np.float64).eps
        return vectors[:, significant] * np.sqrt(values[significant])

    def distance(self, fake: FeatureMoments) -> float:
        """Returns |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), the squared distance.

        C1 C2 has the eigenvalues of A^T C2 A, where C1 = A A^T. That one is symmetric:
        its eigenvalues are real and, but for rounding, not negative, whatever the
        ranks.
        """
        c1 = self.covariance
        c2 = fake.covariance
        eigenvalues = np.linalg.eigvalsh(self.root.T @ c2 @ self.root)
        trace_of_root = np.sqrt(eigenvalues.clip(min=0)).sum()
        shift = fake.mean - self.mean
        traces = np.trace(c1) + np.trace(c2)
        return float(max(0, shift @ shift + traces - 2 * trace_of_root))


def frechet_distance(real: FeatureMoments, fake: FeatureMoments) -> float:
    """Returns the squared distance of two Gaussians, see FrechetReference."""
    return FrechetReference(real).distance(fake)


def is_enough(count: int, dimensions: int) -> bool:
    """Returns whether a covariance of so many images can have full rank."""
    return count > dimensions
