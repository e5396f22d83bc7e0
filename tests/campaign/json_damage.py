"""Damages to JSON that leave it JSON, of the wrong form, or nearly JSON."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from any_damage import ANY, Damage

STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 1e308, float("nan"), float("inf"), "", "../outside/x",
    "x" * 10_000, [], {}, [[]], {"": None}, "\u202e\x00\n",
)  # fmt: skip


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yields the path of every value within a JSON value, but not its own."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def edited(
    content: bytes, rng: random.Random, edit: Callable[[Any, Any], None]
) -> bytes:
    """Returns JSON in which `edit(container, key)` was done at a random place.

    The outer ones of the places are as likely as all the others.
    """
    value = json.loads(content)
    paths = list(places(value))
    *path, key = rng.choice(
        [p for p in paths if len(p) == 1] if rng.random() < 0.5 else paths
    )
    edit(functools.reduce(lambda inside, k: inside[k], path, value), key)
    return json.dumps(value).encode()


def retyped(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Puts a value of another type or size somewhere."""
    strange = rng.choice(STRANGE)
    return edited(content, rng, lambda inside, key: inside.__setitem__(key, strange))


def missing(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Leaves a key or an element out."""
    return edited(content, rng, lambda inside, key: inside.__delitem__(key))


def led_out(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Makes a text lead out of its folder."""
    return edited(
        content, rng,
        lambda inside, key: inside.__setitem__(key, "../outside/x"),
    )  # fmt: skip


def huge(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Makes one of the numbers huge."""
    value = json.loads(content)
    numbers = []
    for *path, key in places(value):
        inside = functools.reduce(lambda inside, k: inside[k], path, value)
        if isinstance(inside[key], (int, float)):
            numbers.append((inside, key))
    if numbers:
        inside, key = rng.choice(numbers)
        inside[key] = rng.choice([10**9, 2**63, 10**30, 1e308])
    return json.dumps(value).encode()


JSON: dict[str, Damage] = ANY | {
    "retyped": retyped,
    "retyped again": retyped,
    "retyped once more": retyped,
    "missing key": missing,
    "missing another key": missing,
    "leads out": led_out,
    "huge": huge,
    "huge again": huge,
    "null": lambda content, other, rng: b"null",
    "a list": lambda content, other, rng: b"[1, 2]",
    "a number": lambda content, other, rng: b"1e999",
    "brackets": lambda content, other, rng: b"[" * 100_000,
    "braces": lambda content, other, rng: b'{"a":' * 100_000,
    "digits": lambda content, other, rng: b"1" * 100_000,
    "latin": lambda content, other, rng: content[:-9] + b"\xff\xfe" + content[-9:],
}


def on_line(damage: Damage) -> Damage:
    """Returns a damage to one line of a file."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        lines = content.splitlines()
        i = rng.randrange(len(lines))
        lines[i] = damage(lines[i], other, rng)
        return b"\n".join(lines) + b"\n"

    return changed


JSON_LINES = ANY | {
    name: on_line(damage) for name, damage in JSON.items() if name not in ANY
}
