"""The parts of a dataset, such as train and test, which folders of these names are."""

from collections.abc import Collection, Sequence

import numpy as np

from common.errors import UserError

SPLITS = ("train", "val", "test")
SIDES = ("A", "B")  # domains, or the images of a pair
SIDED = tuple(f"{split}{side}" for split in SPLITS for side in SIDES)  # trainA, ...
ORDER = (*SPLITS, *SIDED)  # of the shards in info.json
TRAINING = ("train", "trainA", "trainB")
HELD_OUT = ("test", "val")  # the first of them that is there


def place(name: str, folders: Collection[str]) -> tuple[str, str] | None:
    """The first of some folders on a path, and the path below it."""
    path = name.split("/")
    for depth, folder in enumerate(path[:-1]):
        if folder in folders:
            return folder, "/".join(path[depth + 1 :])
    return None


def places(
    names: Sequence[str], folders: Collection[str], dataset: str
) -> list[tuple[str, str]]:
    """The place of each path; none at all when no path leads through the folders."""
    found = [place(name, folders) for name in names]
    inside = [one for one in found if one]
    if inside and len(inside) < len(names):
        stray = names[found.index(None)]
        raise UserError(
            f"{dataset}: {stray} lies outside the folders "
            f"{', '.join(sorted({folder for folder, _ in inside}))}: move it into one "
            "or remove it"
        )
    return inside


def positions(of: Sequence[str]) -> dict[str, np.ndarray]:
    """Part -> the positions of its items, int64, in the parts' order."""
    array = np.array(of)
    there = set(of)
    return {part: np.flatnonzero(array == part) for part in ORDER if part in there}


def held_out(parts: Collection[str]) -> str | None:
    """The split that is not for training; unpaired sets have it for both sides."""
    for split in HELD_OUT:
        if split in parts or {f"{split}{side}" for side in SIDES} <= set(parts):
            return split
    return None
