"""The perceptual path length: how evenly images change along a path of latents."""

import numpy as np

STEPS_PER_BLOCK = 1000  # converted to float64 at a time


def path_length(near: np.ndarray, far: np.ndarray, epsilon: float) -> float:
    """Returns the mean of |far - near|^2 / epsilon^2.

    The perceptual path length of Karras et al., 2019, arXiv:1812.04948, section 4.1,
    for any features. All steps count: StyleGAN's code drops those below the 1st and
    above the 99th percentile, and with them jumps between images.

    Args:
        near: features [n, d] of images at n points of paths.
        far: features [n, d] of the images one step further.
        epsilon: the length of a step.
    """
    squares = 0.0
    for start in range(0, len(near), STEPS_PER_BLOCK):
        rows = slice(start, start + STEPS_PER_BLOCK)
        steps = far[rows].astype(np.float64) - near[rows]
        squares += float(np.square(steps).sum())
    return squares / len(near) / epsilon**2
