"""Paired images: side by side in one file, or in folders trainA, trainB and so on."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from common.errors import UserError
from datasets import catalogue, splits
from datasets.sources import image_files, raw_items, stores


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, image_files.File]]:
    """The images, as pictures are found."""
    return image_files.find(path, entry)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The pairs, each as one image of both side by side."""
    names, store = image_files.listed(raw, entry)
    if any(splits.place(name, splits.SIDED) for name in names):
        keys, of, store = matched(names, store, entry)
    else:
        keys = image_files.shortened(names)
        folders = {key.partition("/")[0] for key in keys}
        if folders == set(splits.SIDES):
            raise UserError(
                f"{entry.name} has folders A and B: give both, --source DIR/A,DIR/B"
            )
        places = splits.places(names, splits.SPLITS, entry.name)
        of = [part for part, _ in places] or ["train"] * len(names)
    if "train" not in of:
        raise UserError(
            f"{entry.name} has images in {of[0]} and none in train: add some"
        )
    return raw_items.Source(keys, store, parts=splits.positions(of))


def matched(
    names: Sequence[str], store: stores.Store, entry: catalogue.Entry
) -> tuple[list[str], list[str], stores.Store]:
    """Keys, parts and images of the pairs of equal names in trainA and trainB, ..."""
    found: dict[str, dict[str, int]] = {folder: {} for folder in splits.SIDED}
    places = splits.places(names, splits.SIDED, entry.name)
    for position, (folder, path) in enumerate(places):
        key = stem(path, folder[-1])
        if key in found[folder]:
            twin = names[found[folder][key]]
            raise UserError(
                f"{entry.name}: {twin} and {names[position]} have one name: keep one"
            )
        found[folder][key] = position
    keys, of, left, right = [], [], [], []
    for split in splits.SPLITS:
        a, b = (found[f"{split}{side}"] for side in splits.SIDES)
        check_partners(split, a, b, entry.name)
        for key in sorted(a):
            keys.append(f"{split}/{key}")
            of.append(split)
            left.append(a[key])
            right.append(b[key])
    return keys, of, stores.PairStore(store.take(left), store.take(right))


def stem(path: str, side: str) -> str:
    """The name that both images of a pair have: `1` of 1.jpg, 1_A.jpg and 1_B.png."""
    return str(PurePosixPath(path).with_suffix("")).removesuffix(f"_{side}")


def check_partners(
    split: str, a: dict[str, int], b: dict[str, int], dataset: str
) -> None:
    """Raises UserError naming the first image without a partner."""
    for key in sorted(a.keys() ^ b.keys()):
        here, there = splits.SIDES if key in a else splits.SIDES[::-1]
        raise UserError(
            f"{dataset}: {key!r} in {split}{here} has no partner in {split}{there} "
            f"({len(a):,} images in A, {len(b):,} in B): pairs have equal file names"
        )
