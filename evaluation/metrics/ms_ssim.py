"""How much images resemble each other."""

import numpy as np
import tensorflow as tf

from common.errors import UserError

# Of the scales, the finest first: Wang et al. 2003, "Multiscale structural similarity".
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
FILTER = 11  # px
BATCH = 50  # pairs


def diversity(images: np.ndarray, pairs: int = 1000, seed: int = 0) -> float:
    """Mean MS-SSIM of random pairs of float32 [n, H, W, C] in [-1, 1].

    Odena et al., 2017, arXiv:1610.09585, section 4.2. High means little diversity: 1 is
    that of equal images. No image is in two pairs, so that there are n / 2 at most.
    """
    weights = scales(*images.shape[1:3])
    order = np.random.default_rng(seed).permutation(len(images))
    pairs = min(pairs, len(images) // 2)
    first, second = order[: 2 * pairs].reshape(2, pairs)
    total = 0.0
    for start in range(0, pairs, BATCH):
        rows = slice(start, start + BATCH)
        x, y = ((images[part[rows]] + 1) / 2 for part in (first, second))
        similar = tf.image.ssim_multiscale(x, y, 1.0, weights, FILTER)
        total += float(tf.reduce_sum(similar))
    return total / pairs


def scales(height: int, width: int) -> tuple[float, ...]:
    """The weights of as many scales as the filter fits into; their sum is 1.

    Each scale is half as large as the one before.

    Raises:
        UserError: it does not even fit into the first.
    """
    side = min(height, width)
    sides = [-(-side // 2**scale) for scale in range(len(WEIGHTS))]
    chosen = [w for w, s in zip(WEIGHTS, sides, strict=True) if s >= FILTER]
    if not chosen:
        raise UserError(
            f"images of {height}x{width} are too small for MS-SSIM: convert them with "
            f"--image_size {FILTER + 1} or above"
        )
    return tuple(weight / sum(chosen) for weight in chosen)
