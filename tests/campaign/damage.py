"""Damages to files, by the kind of file that they are done to."""

from __future__ import annotations

import pathlib
import random

from any_damage import ANY, Damage
from array_damage import ARRAY, ARRAYS, SHARD
from json_damage import JSON, JSON_LINES
from source_damage import CIFAR_BIN, IDX, PICKLE, PNG, TAR, TEXT, ZIP

KINDS: dict[str, dict[str, Damage]] = {
    "bytes": ANY,
    "json": JSON,
    "json lines": JSON_LINES,
    "array": ARRAY,
    "arrays": ARRAYS,
    "shard": SHARD,
    "pickle": PICKLE,
    "cifar_bin": CIFAR_BIN,
    "idx": IDX,
    "tar": TAR,
    "zip": ZIP,
    "png": PNG,
    "text": TEXT,
}
IN_PLACE = ("removed", "a folder", "a dead link")


def names(kind: str) -> list[str]:
    """Returns the names of the damages that are done to a kind of file."""
    return [*KINDS[kind], *IN_PLACE]


def do(
    path: pathlib.Path, kind: str, name: str, other: bytes, rng: random.Random
) -> None:
    """Damages a file, or what `kind` says is one of many."""
    if name not in IN_PLACE:
        path.write_bytes(KINDS[kind][name](path.read_bytes(), other, rng))
        return
    path.unlink()
    if name == "a folder":
        path.mkdir()
    elif name == "a dead link":
        path.symlink_to("nowhere")
