"""Splits and parts of a dataset, and the folders of image files that are parts.

A split is train, val or test. A part has a name of its own in info.json: it is a split
or, of unpaired images, one domain of a split, such as trainA.
"""

from collections.abc import Collection, Sequence

import numpy as np

from common.errors import UserError

SPLITS = ("train", "val", "test")
DOMAINS = ("A", "B")  # of unpaired images, or the two images of a pair
DOMAIN_PARTS = tuple(f"{split}{domain}" for split in SPLITS for domain in DOMAINS)
PARTS = (*SPLITS, *DOMAIN_PARTS)  # in the order of the shards in info.json
TRAINING_PARTS = ("train", "trainA", "trainB")
HELD_OUT_SPLITS = ("test", "val")  # the first that a dataset has is used


def place(name: str, folders: Collection[str]) -> tuple[str, str] | None:
    """Returns the first of the folders on a path and the path below it, if any."""
    steps = name.split("/")
    for depth, folder in enumerate(steps[:-1]):
        if folder in folders:
            return folder, "/".join(steps[depth + 1 :])
    return None


def places(
    names: Sequence[str], folders: Collection[str], dataset: str
) -> list[tuple[str, str]]:
    """Returns the place of each path, or nothing if no path has one.

    Raises:
        UserError: some paths lead through the folders and some do not.
    """
    all_places = [place(name, folders) for name in names]
    inside = [pair for pair in all_places if pair]

    if inside and len(inside) < len(names):
        stray = names[all_places.index(None)]
        raise UserError(
            f"{dataset}: {stray} lies outside the folders "
            f"{', '.join(sorted({folder for folder, _ in inside}))}: move it into one "
            "or remove it"
        )
    return inside


def positions(parts: Sequence[str]) -> dict[str, np.ndarray]:
    """Returns part -> positions of its items, int64, from each item's part."""
    array = np.array(parts)
    present = set(parts)
    return {part: np.flatnonzero(array == part) for part in PARTS if part in present}


def held_out(parts: Collection[str]) -> str | None:
    """Returns the split that is not for training, if any; both domains must have it."""
    for split in HELD_OUT_SPLITS:
        both = {f"{split}{domain}" for domain in DOMAINS}
        if split in parts or both <= set(parts):
            return split
    return None
