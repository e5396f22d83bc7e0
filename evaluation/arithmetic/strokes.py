"""Slant and thickness of the strokes of digits, bright on black."""

from __future__ import annotations

import numpy as np

WORDS = ("thick", "thin", "slanted", "upright", "backslanted")


def ink(images: np.ndarray) -> np.ndarray:
    """Returns the share of ink in each pixel of images [n, H, W, 1]: [n, H, W]."""
    return (images[..., 0].astype(np.float64) + 1) / 2


def slant(images: np.ndarray) -> np.ndarray:
    """Returns how many pixels strokes lean right per pixel upwards, for n images: [n].

    It is cov(right, up) / var(up) of the ink of images [n, H, W, 1]: the shear that
    gives an upright drawing these second moments. An upright bar has 0, one that leans
    right by 45 degrees 1, one that leans left less than 0; ink without height has 0.
    """
    share = ink(images)  # [n, H, W]
    up, right = np.mgrid[share.shape[1] : 0 : -1, : share.shape[2]]  # [H, W] each
    total = share.sum(axis=(1, 2))

    def mean(values: np.ndarray) -> np.ndarray:
        return divide((share * values).sum(axis=(1, 2)), total)

    variance = mean(up**2) - mean(up) ** 2
    covariance = mean(up * right) - mean(up) * mean(right)
    return divide(covariance, variance)


def thickness(images: np.ndarray) -> np.ndarray:
    """Returns the width of strokes in pixels, for images [n, H, W, 1]: [n].

    It is 2 area / perimeter, 0 without ink. The area is the sum of the ink, the
    perimeter the sum of the lengths of its gradient, both at the corners where four
    pixels meet. The result is the width of an upright, level or diagonal stroke without
    ends, whatever part of a pixel its edges cover and however faint it is; ends count
    as perimeter.
    """
    share = ink(images)  # [n, H, W]
    rows = np.diff(share, axis=1)
    columns = np.diff(share, axis=2)
    down = (rows[:, :, 1:] + rows[:, :, :-1]) / 2  # [n, H - 1, W - 1]
    right = (columns[:, 1:] + columns[:, :-1]) / 2  # [n, H - 1, W - 1]
    perimeter = np.hypot(down, right).sum(axis=(1, 2))

    # Four pixels meet inside the picture only: pixels at its border count in part.
    area = (share[:, 1:, 1:] + share[:, 1:, :-1] + share[:, :-1, 1:]) / 4
    area = (area + share[:, :-1, :-1] / 4).sum(axis=(1, 2))
    return divide(2 * area, perimeter)


def divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Returns the quotient, and 0 where the denominator is 0."""
    zero = np.abs(denominator) < 1e-9
    return np.where(zero, 0, numerator / np.where(zero, 1, denominator))


class StrokeTerciles:
    """Terciles of real images' strokes, by which the words hold of other images.

    `thick` and `thin` are the upper and the lower third in thickness; `slanted` (to the
    right), `upright` and `backslanted` the upper, the middle and the lower in slant.
    """

    def __init__(self, real: np.ndarray):
        thirds = [1 / 3, 2 / 3]
        self.thickness = np.quantile(thickness(real), thirds)
        self.slant = np.quantile(slant(real), thirds)

    def predictions(self, images: np.ndarray) -> np.ndarray:
        """Returns which of WORDS hold of images [n, H, W, 1]: bool [n, words]."""
        width = thickness(images)
        thick = width > self.thickness[1]
        thin = width < self.thickness[0]

        shear = slant(images)
        slanted = shear > self.slant[1]
        backslanted = shear < self.slant[0]
        upright = ~slanted & ~backslanted
        return np.stack([thick, thin, slanted, upright, backslanted], axis=1)
