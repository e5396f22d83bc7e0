"""How evenly images change along a path of latents."""

import numpy as np

BLOCK = 1000  # features that are held in float64 at a time


def path_length(near: np.ndarray, far: np.ndarray, epsilon: float) -> float:
    """Mean of |far - near|^2 / epsilon^2, features [n, d] of steps of size epsilon.

    The perceptual path length of Karras et al., 2019, arXiv:1812.04948, section 4.1, of
    any features. All steps count: StyleGAN's code drops those below the 1st and above
    the 99th percentile, and with them the jumps between images that this looks for.
    """
    squares = 0.0
    for start in range(0, len(near), BLOCK):
        rows = slice(start, start + BLOCK)
        steps = far[rows].astype(np.float64) - near[rows]
        squares += float(np.square(steps).sum())
    return squares / len(near) / epsilon**2
