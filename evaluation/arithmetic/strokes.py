"""How digits are written: the slant and the thickness of bright strokes on black."""

from __future__ import annotations

import numpy as np

WORDS = ("thick", "thin", "slanted", "upright", "backslanted")


def ink(images: np.ndarray) -> np.ndarray:
    """Images [n, H, W, 1] in [-1, 1] as the share of ink in each pixel, [n, H, W]."""
    return (images[..., 0].astype(np.float64) + 1) / 2


def slant(images: np.ndarray) -> np.ndarray:
    """How far right strokes lean per pixel upwards, of images [n, H, W, 1]: [n].

    The shear that makes an upright drawing's second moments those of the ink:
    cov(x, up) / var(up). It is 0 of an upright bar, 1 of one that leans right by 45
    degrees, negative to the left, and 0 of what has no height.
    """
    share = ink(images)
    up, right = np.mgrid[share.shape[1] : 0 : -1, : share.shape[2]]
    total = share.sum(axis=(1, 2))

    def mean(values: np.ndarray) -> np.ndarray:
        return divided((share * values).sum(axis=(1, 2)), total)

    height, covariance = mean(up**2) - mean(up) ** 2, mean(up * right)
    return divided(covariance - mean(up) * mean(right), height)


def thickness(images: np.ndarray) -> np.ndarray:
    """How wide strokes are, in pixels, of images [n, H, W, 1]: [n]; 0 without ink.

    2 area / perimeter: the ink, over half the sum of the gradient's length, which is
    taken in the middle of four pixels. A stroke without ends measures its width if it
    is upright, level or diagonal, whatever part of a pixel its edges cover and however
    faint it is; ends count as perimeter.
    """
    share = ink(images)
    rows, columns = np.diff(share, axis=1), np.diff(share, axis=2)
    down = (rows[:, :, 1:] + rows[:, :, :-1]) / 2
    right = (columns[:, 1:] + columns[:, :-1]) / 2
    perimeter = np.hypot(down, right).sum(axis=(1, 2))
    # Four pixels meet in the middle of the picture only: so does the area count.
    area = (share[:, 1:, 1:] + share[:, 1:, :-1] + share[:, :-1, 1:]) / 4
    area = (area + share[:, :-1, :-1] / 4).sum(axis=(1, 2))
    return divided(2 * area, perimeter)


def divided(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient, and 0 where there is nothing to divide by."""
    nothing = np.abs(denominator) < 1e-9
    return np.where(nothing, 0, numerator / np.where(nothing, 1, denominator))


class Strokes:
    """Tells how images are drawn beside real ones: by terciles of these.

    `thick` and `thin` are the upper and the lower third in thickness; `slanted` (to the
    right), `upright` and `backslanted` the upper, the middle and the lower in slant.
    """

    def __init__(self, real: np.ndarray):
        thirds = [1 / 3, 2 / 3]
        self.thickness = np.quantile(thickness(real), thirds)
        self.slant = np.quantile(slant(real), thirds)

    def answers(self, images: np.ndarray) -> np.ndarray:
        """Which of WORDS hold of images [n, H, W, 1]: bool [n, words]."""
        width, shear = thickness(images), slant(images)
        thick, slanted = width > self.thickness[1], shear > self.slant[1]
        thin, back = width < self.thickness[0], shear < self.slant[0]
        return np.stack([thick, thin, slanted, ~slanted & ~back, back], axis=1)
