"""MNIST's idx files, and the relatives that use the same format."""

import dataclasses
import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue, splits
from datasets.sources import raw_items

# The names under which people have them: as published, unpacked, Kaggle's spelling.
SPELLINGS = ("{}-idx{}-ubyte.gz", "{}-idx{}-ubyte", "{}.idx{}-ubyte")
# What each split's files begin with, and the dimensions of what is in them.
SPLITS = {
    split: ((f"{stem}-images", 3), (f"{stem}-labels", 1))
    for split, stem in {"train": "train", "test": "t10k"}.items()
}
MAX_BYTES = 1 << 30


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, Path]]:
    """The training split's two files and, if they are there, the test split's."""
    for split in present_splits(path if path.is_dir() else path.parent):
        yield from find_split(path, entry, split)


def find_split(
    path: Path, entry: catalogue.Entry, split: str
) -> Iterator[tuple[str, Path]]:
    """The two files of one split, verified."""
    folder = path if path.is_dir() else path.parent
    images, _ = pair(folder, entry, split)
    if not len(images):
        raise UserError(f"{folder} holds idx files of no images: get them again")
    for stem, dimensions in SPLITS[split]:
        file = locate(folder, stem, dimensions)
        yield file.name, file


def present_splits(folder: Path) -> list[str]:
    """`train`, and `test` where both of its files are."""
    there = all(present(folder, *kind) for kind in SPLITS["test"])
    return ["train", "test"] if there else ["train"]


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The training split, and the test split if it is there."""
    found = {split: pair(raw, entry, split) for split in present_splits(raw)}
    images, labels = (
        np.concatenate(arrays) for arrays in zip(*found.values(), strict=True)
    )
    source = raw_items.numbered(images, labels, entry.classes)
    of = [split for split, (images, _) in found.items() for _ in images]
    return dataclasses.replace(source, parts=splits.positions(of))


def pair(
    raw: Path, entry: catalogue.Entry, split: str
) -> tuple[np.ndarray, np.ndarray]:
    """A split's images and labels, which fit each other."""
    images_kind, labels_kind = SPLITS[split]
    images_file, labels_file = locate(raw, *images_kind), locate(raw, *labels_kind)
    images, labels = load(images_file, 3), load(labels_file, 1)
    if len(images) != len(labels):
        raise UserError(
            f"{images_file.name} has {len(images):,} images and {labels_file.name} "
            f"{len(labels):,} labels: get both from one place"
        )
    if len(labels) and labels.max() >= len(entry.classes):
        raise UserError(
            f"{labels_file} has label {labels.max()}; {entry.name} has "
            f"{len(entry.classes)} classes: get the file again"
        )
    return images, labels


def present(folder: Path, stem: str, dimensions: int) -> Path | None:
    """The file of one kind, under any of its spellings."""
    candidates = (folder / name.format(stem, dimensions) for name in SPELLINGS)
    return next((file for file in candidates if file.is_file()), None)


def locate(folder: Path, stem: str, dimensions: int) -> Path:
    """The file of one kind, which has to be there."""
    if file := present(folder, stem, dimensions):
        return file
    raise UserError(
        f"{folder} has no {SPELLINGS[0].format(stem, dimensions)}: --source is the "
        "folder that holds the idx files"
    )


def load(file: Path, dimensions: int) -> np.ndarray:
    """A uint8 array; the file's magic number and length are checked."""
    content = unpacked(file)
    head = 4 * (1 + dimensions)
    if len(content) < head:
        raise UserError(f"{file} is cut short: get it again")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", content[:head])
    expected = 0x0800 | dimensions  # 08: unsigned bytes
    if magic != expected:
        raise UserError(
            f"{file} is not an idx file of {dimensions} dimensions: its magic number "
            f"is {magic:#010x}, not {expected:#010x}; get it again"
        )
    size = int(np.prod(shape, dtype=object))
    if len(content) - head != size:
        raise UserError(
            f"{file} has {len(content) - head:,} bytes of data where its header "
            f"promises {size:,}: get it again"
        )
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def unpacked(file: Path) -> bytes:
    """The file's content, whether or not it is gzipped."""
    with file.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(file) if zipped else file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{file} is damaged ({error}): get it again") from error
    if len(content) > MAX_BYTES:
        raise UserError(f"{file} holds more than {MAX_BYTES:,} bytes: get it again")
    return content
