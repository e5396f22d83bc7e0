"""Damages to files of any kind."""

from __future__ import annotations

import random
from collections.abc import Callable

# From the content, and that of another file of the same kind, to the new content.
Damage = Callable[[bytes, bytes, random.Random], bytes]


def cut(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns the beginning of a file, as a full disk leaves it."""
    return content[: rng.randrange(len(content) or 1)]


def flip(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Flips one bit."""
    changed = bytearray(content)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def zero(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Zeroes all from some place on, as a power cut leaves it."""
    start = rng.choice([0, rng.randrange(len(content))])
    return content[:start] + bytes(len(content) - start)


def noise(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns random bytes of the same length."""
    return rng.randbytes(len(content))


ANY: dict[str, Damage] = {
    "empty": lambda content, other, rng: b"",
    "cut": cut,
    "bit": flip,
    "zeroed": zero,
    "noise": noise,
    "web page": lambda content, other, rng: b"<!DOCTYPE html><html>503</html>\n",
    "longer": lambda content, other, rng: content + rng.randbytes(100),
    "another's": lambda content, other, rng: other,
}
