"""Unpaired images of two domains: folders trainA, trainB and perhaps testA, testB."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from common.errors import UserError
from datasets import catalogue, splits
from datasets.sources import image_files, raw_items


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, image_files.File]]:
    """The images, as pictures are found."""
    return image_files.find(path, entry)


def find_two(
    folders: Sequence[Path], entry: catalogue.Entry
) -> Iterator[tuple[str, image_files.File]]:
    """The images of folders A and B, as if they were trainA and trainB.

    Folders train, val and test in both of them are kept apart.
    """
    for side, folder in zip(splits.SIDES, folders, strict=True):
        if not folder.is_dir():
            raise UserError(f"--source {folder} is no folder: DIR_A,DIR_B are folders")
        names = list(image_files.walk(folder))
        if not names:
            raise UserError(f"--source {folder} has no images in it: name another")
        places = splits.places(names, splits.SPLITS, str(folder))
        of = [split for split, _ in places] or ["train"] * len(names)
        for name, split in zip(names, of, strict=True):
            yield f"{entry.folder}/{split}{side}/{name}", folder / name


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The images of both domains; where one has a split, so has the other."""
    names, store = image_files.listed(raw, entry)
    places = splits.places(names, splits.SIDED, entry.name)
    found = splits.positions([folder for folder, _ in places])
    for split in splits.SPLITS:
        there = [f"{split}{side}" in found for side in splits.SIDES]
        if split == "train" and not any(there):
            raise UserError(
                f"{entry.name} has no folders trainA and trainB: name what holds both, "
                "or the two folders: --source DIR_A,DIR_B"
            )
        if any(there) and not all(there):
            side, other = splits.SIDES if there[0] else splits.SIDES[::-1]
            raise UserError(
                f"{entry.name} has images in {split}{side} and none in {split}{other}: "
                "add those, or the two folders are --source DIR_A,DIR_B"
            )
    return raw_items.Source(image_files.shortened(names), store, parts=found)
