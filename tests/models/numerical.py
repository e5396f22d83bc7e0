"""What tests of gradients compare with."""

import numpy as np


def numerical_gradient(function, x, step=1e-6):
    """Central differences of a scalar function at each number of x."""
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += step
        behind[i] -= step
        gradient[i] = (function(ahead) - function(behind)) / (2 * step)
    return gradient
