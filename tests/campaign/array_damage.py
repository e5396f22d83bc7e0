"""Damages to arrays and shards that leave them well-formed."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
from any_damage import ANY, Damage


def array_file(array: np.ndarray) -> bytes:
    """Returns an array as a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def array_of(content: bytes) -> np.ndarray:
    """Returns the array of a .npy file."""
    return np.load(io.BytesIO(content))


ARRAY: dict[str, Damage] = ANY | {
    "another shape": lambda c, other, rng: array_file(array_of(c)[..., :1]),
    "no rows": lambda c, other, rng: array_file(array_of(c)[:0]),
    "a scalar": lambda c, other, rng: array_file(np.array(1.0)),
    "nan": lambda c, other, rng: array_file(array_of(c) * np.float32("nan")),
    "float64": lambda c, other, rng: array_file(array_of(c).astype(np.float64)),
    "text": lambda c, other, rng: array_file(array_of(c).astype(str)),
    "objects": lambda c, other, rng: array_file(np.array([{}, []], object)),
    "terabytes": lambda c, other, rng: c.replace(b"(", b"(10000000000, ", 1),
}


def arrays(edit: Callable[[np.ndarray, random.Random], np.ndarray]) -> Damage:
    """Returns a damage to one array of a .npz file or to all; it stays well-formed."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        with np.load(io.BytesIO(content), allow_pickle=True) as archive:
            contents = dict(archive)
        names = sorted(contents)
        for name in rng.choice([names, [rng.choice(names)]]):
            contents[name] = edit(contents[name], rng)
        file = io.BytesIO()
        np.savez(file, **contents)
        return file.getvalue()

    return changed


def without_one(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Leaves an array of a .npz file out."""
    with np.load(io.BytesIO(content), allow_pickle=True) as archive:
        contents = dict(archive)
    del contents[rng.choice(sorted(contents))]
    file = io.BytesIO()
    np.savez(file, **contents)
    return file.getvalue()


ARRAYS: dict[str, Damage] = ANY | {
    "other numbers": arrays(lambda x, rng: x * 2 if x.dtype.kind in "fiu" else x[:0]),
    "other numbers too": arrays(lambda x, rng: np.zeros_like(x)),
    "nan": arrays(lambda x, rng: np.full(x.shape, np.nan, np.float32)),
    "another shape": arrays(lambda x, rng: x[..., None]),
    "no rows": arrays(lambda x, rng: np.atleast_1d(x)[:0]),
    "objects": arrays(lambda x, rng: np.array([{}], object)),
    "an array missing": without_one,
}


def shards(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns the same records in another order; their CRCs are right."""
    half = len(content) // 2
    return content[half:] + content[:half]


SHARD = ANY | {"another order": shards}
