"""MS-SSIM between random pairs of images: how much they resemble each other."""

import numpy as np
import tensorflow as tf

from common.errors import UserError

# Of the scales, the finest first: Wang et al. 2003, "Multiscale structural similarity".
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
FILTER_SIDE = 11  # px
PAIRS_PER_CALL = 50


def mean_ms_ssim(images: np.ndarray, pairs: int = 1000, seed: int = 0) -> float:
    """Returns the mean MS-SSIM of random pairs of float32 [n, H, W, C] in [-1, 1].

    Odena et al., 2017, arXiv:1610.09585, section 4.2. High means little diversity: 1 is
    that of equal images. No image is in two pairs, so that there are n / 2 at most.
    """
    weights = scale_weights(*images.shape[1:3])
    order = np.random.default_rng(seed).permutation(len(images))
    pairs = min(pairs, len(images) // 2)
    first, second = order[: 2 * pairs].reshape(2, pairs)

    total = 0.0
    for start in range(0, pairs, PAIRS_PER_CALL):
        rows = slice(start, start + PAIRS_PER_CALL)
        x = (images[first[rows]] + 1) / 2
        y = (images[second[rows]] + 1) / 2
        similarities = tf.image.ssim_multiscale(x, y, 1.0, weights, FILTER_SIDE)
        total += float(tf.reduce_sum(similarities))
    return total / pairs


def scale_weights(height: int, width: int) -> tuple[float, ...]:
    """Returns the weights of all scales that the filter fits into; their sum is 1.

    Each scale is half as large as the one before.

    Raises:
        UserError: it does not even fit into the first.
    """
    side = min(height, width)
    sides = [-(-side // 2**scale) for scale in range(len(SCALE_WEIGHTS))]
    pairs = zip(SCALE_WEIGHTS, sides, strict=True)
    weights = [weight for weight, side in pairs if side >= FILTER_SIDE]
    if not weights:
        raise UserError(
            f"images of {height}x{width} are too small for MS-SSIM: convert them with "
            f"--image_size {FILTER_SIDE + 1} or above"
        )
    return tuple(weight / sum(weights) for weight in weights)
