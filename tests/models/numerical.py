"""What tests of gradients compare with."""

import numpy as np


def assert_agrees(tape, loss, variable, formula):
    """A loss and its gradient are those of a formula of the variable's numbers."""
    start = variable.numpy().astype(float)
    np.testing.assert_allclose(loss, formula(start), rtol=2e-5)
    expected = numerical_gradient(formula, start)
    scale = np.abs(expected).max()
    gradient = tape.gradient(loss, variable)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4 * scale)


def numerical_gradient(function, x, step=1e-6):
    """Central differences of a scalar function at each number of x."""
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += step
        behind[i] -= step
        gradient[i] = (function(ahead) - function(behind)) / (2 * step)
    return gradient
