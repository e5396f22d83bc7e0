"""Unpaired images of two domains: folders trainA, trainB and perhaps testA, testB."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from common.errors import UserError
from datasets import catalogue, splits
from datasets.sources import image_files, layout, raw_items, selection


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, image_files.File]]:
    """Yields the images as `image_files.find` does."""
    return image_files.find(path, entry, left)


def find_two(
    folders: Sequence[Path], entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, image_files.File]]:
    """Yields the images of folders A and B, under the names trainA/... and trainB/...

    Folders train, val and test in both of them become trainA, valA and so on.
    """
    for domain, folder in zip(splits.DOMAINS, folders, strict=True):
        if not folder.is_dir():
            raise UserError(f"--source {folder} is no folder: DIR_A,DIR_B are folders")
        names = list(selection.walk(folder, left))
        if not names:
            raise UserError(f"--source {folder} has no images in it: name another")

        places = splits.places(names, splits.SPLITS, str(folder))
        in_splits = [split for split, _ in places] or ["train"] * len(names)
        for name, split in zip(names, in_splits, strict=True):
            yield f"{entry.folder}/{split}{domain}/{name}", folder / name


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the images of both domains.

    Raises:
        UserError: a domain lacks a split that the other has.
    """
    items = image_files.list_images(raw, entry)
    places = splits.places(items.keys, splits.DOMAIN_PARTS, entry.name)
    parts = splits.positions([folder for folder, _ in places])

    for split in splits.SPLITS:
        present = [f"{split}{domain}" in parts for domain in splits.DOMAINS]
        if split == "train" and not any(present):
            raise UserError(
                f"{entry.name} has no folders trainA and trainB: name what holds both, "
                "or the two folders: --source DIR_A,DIR_B"
            )
        if any(present) and not all(present):
            domain, other = splits.DOMAINS if present[0] else splits.DOMAINS[::-1]
            raise UserError(
                f"{entry.name} has images in {split}{domain} and none in "
                f"{split}{other}: add those, or the two folders are --source "
                "DIR_A,DIR_B"
            )

    keys = layout.without_common_folders(items.keys)
    return replace(items, keys=keys, parts=parts)
