"""Paired images: side by side in one file, or in folders trainA, trainB and so on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from common.errors import UserError
from datasets import catalogue, splits
from datasets.sources import image_files, layout, raw_items, selection, stores


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, image_files.File]]:
    """Yields the images as `image_files.find` does."""
    return image_files.find(path, entry, left)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the pairs, each as one image of both side by side."""
    items = image_files.list_images(raw, entry)
    names, store = items.keys, items.store
    if any(splits.place(name, splits.DOMAIN_PARTS) for name in names):
        keys, parts, store = match_pairs(names, store, entry)
    else:
        keys = layout.without_common_folders(names)
        folders = {key.partition("/")[0] for key in keys}
        if folders == set(splits.DOMAINS):
            raise UserError(
                f"{entry.name} has folders A and B: give both, --source DIR/A,DIR/B"
            )
        places = splits.places(names, splits.SPLITS, entry.name)
        parts = [split for split, _ in places] or ["train"] * len(names)

    if "train" not in parts:
        raise UserError(
            f"{entry.name} has images in {parts[0]} and none in train: add some"
        )
    return replace(items, keys=keys, store=store, parts=splits.positions(parts))


def match_pairs(
    names: Sequence[str], store: stores.Store, entry: catalogue.Entry
) -> tuple[list[str], list[str], stores.Store]:
    """Matches images of equal names in trainA and trainB, valA and valB, and so on.

    Args:
        names: paths of the images.
        store: the images in this order.
        entry: the dataset's.

    Returns:
        The pairs' keys, their parts (train, val, test), and a store of them.

    Raises:
        UserError: an image has no partner, or two.
    """
    by_folder: dict[str, dict[str, int]] = {part: {} for part in splits.DOMAIN_PARTS}
    places = splits.places(names, splits.DOMAIN_PARTS, entry.name)
    for position, (folder, path) in enumerate(places):
        key = stem(path, folder[-1])
        if key in by_folder[folder]:
            twin = names[by_folder[folder][key]]
            raise UserError(
                f"{entry.name}: {twin} and {names[position]} have one name: keep one"
            )
        by_folder[folder][key] = position

    keys: list[str] = []
    parts: list[str] = []
    left: list[int] = []
    right: list[int] = []
    for split in splits.SPLITS:
        a, b = (by_folder[f"{split}{domain}"] for domain in splits.DOMAINS)
        check_partners(split, a, b, entry.name)
        for key in sorted(a):
            keys.append(f"{split}/{key}")
            parts.append(split)
            left.append(a[key])
            right.append(b[key])
    return keys, parts, stores.PairStore(store.take(left), store.take(right))


def stem(path: str, domain: str) -> str:
    """Returns the name of a pair from that of an image: `1` of 1.jpg and 1_A.jpg."""
    name = layout.composed(str(PurePosixPath(path).with_suffix("")))
    return name.removesuffix(f"_{domain}")


def check_partners(
    split: str, a: dict[str, int], b: dict[str, int], dataset: str
) -> None:
    """Raises UserError naming the first image without a partner."""
    for key in sorted(a.keys() ^ b.keys()):
        here, there = splits.DOMAINS if key in a else splits.DOMAINS[::-1]
        raise UserError(
            f"{dataset}: {key!r} in {split}{here} has no partner in {split}{there} "
            f"({len(a):,} images in A, {len(b):,} in B): pairs have equal file names"
        )
