"""Paths through latent space."""

from collections.abc import Callable

import numpy as np

Interpolation = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

# Below this sine two directions count as parallel: float32 latents carry 1e-7.
PARALLEL = 1e-6


def lerp(start: np.ndarray, end: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Returns (1 - t) start + t end, for vectors [..., d] and fractions t [..., 1]."""
    return (1 - t) * start + t * end


def slerp(start: np.ndarray, end: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Moves along the great arc from start to end: [..., d] at fractions t [..., 1].

    With unit vectors a and b, the angle theta between them, and the unit vector n at
    right angles to a in the plane of both:

        slerp(t) = lerp(|start|, |end|, t) * (cos(t theta) a + sin(t theta) n)

    For equal lengths this is Shoemake's (sin((1-t) theta) start + sin(t theta) end) /
    sin(theta), which White (2016, arXiv:1609.04468) proposes for latents; written with
    n it needs no division by sin(theta). Parallel vectors move in a straight line,
    opposite ones on one fixed half circle, and from or to zero only the length changes.
    """
    start, end = start.astype(np.float64), end.astype(np.float64)
    start_length = np.linalg.norm(start, axis=-1, keepdims=True)
    end_length = np.linalg.norm(end, axis=-1, keepdims=True)

    a, b = unit(start), unit(end)
    a, b = np.where(start_length > 0, a, b), np.where(end_length > 0, b, a)
    cosine = np.sum(a * b, axis=-1, keepdims=True)
    rejection = b - cosine * a
    sine = np.linalg.norm(rejection, axis=-1, keepdims=True)
    n = unit(np.where(sine > PARALLEL, rejection, perpendicular(a)))

    theta = np.arctan2(sine, cosine)
    arc = np.cos(t * theta) * a + np.sin(t * theta) * n
    return lerp(start_length, end_length, t) * arc


INTERPOLATIONS: dict[str, Interpolation] = {"spherical": slerp, "linear": lerp}


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scales vectors [..., d] to length 1; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def perpendicular(units: np.ndarray) -> np.ndarray:
    """Returns a vector at right angles to each of [..., d].

    It is the part at right angles of the axis that is least along the vector. In one
    dimension there is none, and the result is zero.
    """
    axis = np.eye(units.shape[-1])[np.argmin(np.abs(units), axis=-1)]
    return axis - np.sum(axis * units, axis=-1, keepdims=True) * units


def closed_loop(
    points: np.ndarray, frames: int, interpolate: Interpolation = slerp
) -> np.ndarray:
    """Returns a path through points [k, ..., d] and back: [frames, ..., d].

    The first point is not repeated at the end, so that the loop can play for ever.
    """
    position = np.arange(frames) * len(points) / frames
    leaving = position.astype(int)
    arriving = (leaving + 1) % len(points)
    t = (position - leaving).reshape(-1, *[1] * (points.ndim - 1))
    return interpolate(points[leaving], points[arriving], t).astype(np.float32)


def rows(
    starts: np.ndarray,
    ends: np.ndarray,
    columns: int,
    interpolate: Interpolation = slerp,
) -> np.ndarray:
    """Returns walks from [rows, d] to [rows, d], both included: [rows, columns, d]."""
    t = np.linspace(0, 1, columns)[:, np.newaxis]
    walks = interpolate(starts[:, np.newaxis], ends[:, np.newaxis], t)
    return walks.astype(np.float32)
