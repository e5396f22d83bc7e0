"""MNIST's idx files, and datasets in the same format."""

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

# File names: as published, unpacked, Kaggle's spelling.
SPELLINGS = ("{}-idx{}-ubyte.gz", "{}-idx{}-ubyte", "{}.idx{}-ubyte")
# The stem and the dimensions of each split's files of images and labels.
SPLIT_FILES = {
    split: ((f"{stem}-images", 3), (f"{stem}-labels", 1))
    for split, stem in {"train": "train", "test": "t10k"}.items()
}
MAX_IDX_BYTES = 1 << 30


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, Path]]:
    """Yields the two files of the training split and, if there, of the test split."""
    for split in present_splits(path if path.is_dir() else path.parent):
        yield from find_split(path, entry, split)


def find_split(
    path: Path, entry: catalogue.Entry, split: str
) -> Iterator[tuple[str, Path]]:
    """Yields the two files of one split, after verifying them."""
    folder = path if path.is_dir() else path.parent
    images, _ = pair(folder, entry, split)
    if not len(images):
        raise UserError(f"{folder} holds idx files of no images: get them again")
    for stem, dimensions in SPLIT_FILES[split]:
        file = locate(folder, stem, dimensions)
        yield file.name, file


def present_splits(folder: Path) -> list[str]:
    """Returns `train`, and `test` if both of its files are there."""
    there = all(present(folder, *kind) for kind in SPLIT_FILES["test"])
    return ["train", "test"] if there else ["train"]


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the training split, and the test split if it is there."""
    arrays = {split: pair(raw, entry, split) for split in present_splits(raw)}
    images = np.concatenate([images for images, _ in arrays.values()])
    labels = np.concatenate([labels for _, labels in arrays.values()])
    items = raw_items.of_array(images, labels, entry.classes)

    parts = [split for split, (_, labels) in arrays.items() for _ in labels]
    return dataclasses.replace(items, parts=splits.positions(parts))


def pair(
    raw: Path, entry: catalogue.Entry, split: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns a split's images, uint8 [count, height, width], and labels [count].

    Raises:
        UserError: a file is missing or damaged, or they do not fit each other.
    """
    images_kind, labels_kind = SPLIT_FILES[split]
    images_file = locate(raw, *images_kind)
    labels_file = locate(raw, *labels_kind)
    images = load(images_file, 3)
    labels = load(labels_file, 1)

    if len(images) != len(labels):
        raise UserError(
            f"{images_file.name} has {len(images):,} images and {labels_file.name} "
            f"{len(labels):,} labels: get both from one place"
        )
    return images, raw_items.class_numbers(labels, entry.classes, str(labels_file))


def present(folder: Path, stem: str, dimensions: int) -> Path | None:
    """Returns the file of one kind under any of its spellings, if it is there."""
    candidates = (folder / name.format(stem, dimensions) for name in SPELLINGS)
    return next((file for file in candidates if file.is_file()), None)


def locate(folder: Path, stem: str, dimensions: int) -> Path:
    """Returns the file of one kind; UserError if it is not there."""
    if file := present(folder, stem, dimensions):
        return file
    raise UserError(
        f"{folder} has no {SPELLINGS[0].format(stem, dimensions)}: --source is the "
        "folder that holds the idx files"
    )


def load(file: Path, dimensions: int) -> np.ndarray:
    """Returns a file's uint8 array; UserError for a wrong magic number or length."""
    content = decompress(file)
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


def decompress(file: Path) -> bytes:
    """Returns the file's content, whether or not it is gzipped."""
    with file.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"

    try:
        with gzip.open(file) if is_gzip else file.open("rb") as stream:
            content = stream.read(MAX_IDX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{file} is damaged ({error}): get it again") from error

    if len(content) > MAX_IDX_BYTES:
        raise UserError(f"{file} holds more than {MAX_IDX_BYTES:,} bytes: get it again")
    return content
