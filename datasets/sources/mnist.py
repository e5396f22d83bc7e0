"""MNIST's idx files, in a folder or a zip, Keras's mnist.npz, and EMNIST's files."""

import dataclasses
import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from common.errors import UserError
from datasets import catalogue, splits
from datasets.archives import zip_archives
from datasets.sources import raw_items, selection

# File names: as published, unpacked, Kaggle's spelling.
SPELLINGS = ("{}-idx{}-ubyte.gz", "{}-idx{}-ubyte", "{}.idx{}-ubyte")
KERAS = "mnist.npz"
MAX_IDX_BYTES = 1 << 30

File = Path | zipfile.Path
LabelledImages = tuple[np.ndarray, np.ndarray]  # uint8 [n, height, width], labels [n]


def split_files(entry: catalogue.Entry, split: str) -> tuple[tuple[str, int], ...]:
    """Returns stem and dimensions of a split's files of images and of labels."""
    if is_emnist(entry):
        stem = f"{entry.name}-{split}"
    else:
        stem = {"train": "train", "test": "t10k"}[split]
    return (f"{stem}-images", 3), (f"{stem}-labels", 1)


def is_emnist(entry: catalogue.Entry) -> bool:
    """Returns whether a dataset is a split of EMNIST."""
    return entry.name.startswith("emnist-")


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, File]]:
    """Yields the two files of the training split and, if there, of the test split."""
    if keras := keras_file(path):
        from_keras(keras, entry)
        yield KERAS, keras
        return
    for split in present_splits(path, entry):
        yield from find_split(path, entry, split)


def find_split(
    path: Path, entry: catalogue.Entry, split: str
) -> Iterator[tuple[str, File]]:
    """Yields the two files of one split, after verifying them."""
    images, _ = pair(path, entry, split)
    if not len(images):
        raise UserError(f"{path} holds idx files of no images: get them again")
    for stem, dimensions in split_files(entry, split):
        file = locate(path, stem, dimensions)
        yield file.name, file


def present_splits(path: Path, entry: catalogue.Entry) -> list[str]:
    """Returns `train`, and `test` if both of its files are there."""
    there = all(present(path, *kind) for kind in split_files(entry, "test"))
    return ["train", "test"] if there else ["train"]


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the training split, and the test split if it is there."""
    if keras := keras_file(raw):
        arrays = from_keras(keras, entry)
    else:
        splits_there = present_splits(raw, entry)
        arrays = {split: pair(raw, entry, split) for split in splits_there}
    images = np.concatenate([images for images, _ in arrays.values()])
    labels = np.concatenate([labels for _, labels in arrays.values()])
    items = raw_items.of_array(images, labels, entry.classes)

    parts = [split for split, (_, labels) in arrays.items() for _ in labels]
    return dataclasses.replace(items, parts=splits.positions(parts))


def pair(path: Path, entry: catalogue.Entry, split: str) -> LabelledImages:
    """Returns a split's images, uint8 [count, height, width], and labels [count].

    Raises:
        UserError: a file is missing or damaged, or they do not fit each other.
    """
    images_kind, labels_kind = split_files(entry, split)
    images_file = locate(path, *images_kind)
    labels_file = locate(path, *labels_kind)
    images = load(images_file, 3)
    labels = load(labels_file, 1)

    if len(images) != len(labels):
        raise UserError(
            f"{images_file.name} has {len(images):,} images and {labels_file.name} "
            f"{len(labels):,} labels: get both from one place"
        )
    if is_emnist(entry):
        images = images.transpose(0, 2, 1)  # its files have columns for rows
    if entry.name == "emnist-letters":
        labels = labels.astype(np.int64) - 1  # A is 1 in its files
    return images, raw_items.class_numbers(labels, entry.classes, str(labels_file))


def keras_file(path: Path) -> Path | None:
    """Returns Keras's file, which is this path or lies in it, if it is there."""
    file = path / KERAS if path.is_dir() else path
    return file if file.is_file() and file.suffix == ".npz" else None


def from_keras(file: Path, entry: catalogue.Entry) -> dict[str, LabelledImages]:
    """Returns the splits of Keras's file; UserError if it is no such file."""
    keys = ("x_train", "y_train", "x_test", "y_test")
    try:
        with zipfile.ZipFile(file) as members:
            size = sum(member.file_size for member in members.infolist())
        if size > MAX_IDX_BYTES:
            raise ValueError(f"{size:,} bytes, over {MAX_IDX_BYTES:,}")
        with np.load(file) as arrays:
            x, y, x_test, y_test = (arrays[key] for key in keys)
        for images, labels in ((x, y), (x_test, y_test)):
            if images.dtype != np.uint8 or images.shape != (*labels.shape, 28, 28):
                raise ValueError(f"images {images.shape} and labels {labels.shape}")
    except (OSError, ValueError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise UserError(
            f"{file} is not Keras's {KERAS} with {', '.join(keys)} ({error}): get it "
            "again"
        ) from error
    return {"train": (x, y), "test": (x_test, y_test)}


def present(path: Path, stem: str, dimensions: int) -> File | None:
    """Returns the file of one kind under any of its spellings, if it is there.

    It lies in a folder, at most two folders deep, or in a zip.
    """
    names = [name.format(stem, dimensions) for name in SPELLINGS]
    if path.suffix == ".zip" and path.is_file():
        for name, member in zip_archives.members(path, stem):
            if PurePosixPath(name).name in names:
                return zipfile.Path(path, member.filename)
        return None

    folder = path if path.is_dir() else path.parent
    candidates = (
        file
        for depth in ("", "*/", "*/*/")
        for name in names
        for file in sorted(folder.glob(depth + name))
        if file.is_file()
    )
    return next(candidates, None)


def locate(path: Path, stem: str, dimensions: int) -> File:
    """Returns the file of one kind; UserError if it is not there."""
    if file := present(path, stem, dimensions):
        return file
    name = SPELLINGS[0].format(stem, dimensions)
    raise UserError(
        f"{path} has no {name}: --source is the folder or zip that holds the idx files "
        f"(gzipped or not), or Keras's {KERAS}"
    )


def load(file: File, dimensions: int) -> np.ndarray:
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


def decompress(file: File) -> bytes:
    """Returns the file's content, whether or not it is gzipped."""
    with file.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"

    try:
        with file.open("rb") as raw, gzip.open(raw) if is_gzip else raw as stream:
            content = stream.read(MAX_IDX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
        raise UserError(f"{file} is damaged ({error}): get it again") from error

    if len(content) > MAX_IDX_BYTES:
        raise UserError(f"{file} holds more than {MAX_IDX_BYTES:,} bytes: get it again")
    return content
