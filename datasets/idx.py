"""MNIST's idx files, and the relatives that use the same format."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from datasets import catalogue, items
from errors import UserError

# The names under which people have them: as published, unpacked, Kaggle's spelling.
SPELLINGS = ("{}-idx{}-ubyte.gz", "{}-idx{}-ubyte", "{}.idx{}-ubyte")
IMAGES = ("train-images", 3)
LABELS = ("train-labels", 1)
MAX_BYTES = 1 << 30


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, Path]]:
    """The two files of the training split, verified."""
    folder = path if path.is_dir() else path.parent
    source = read(folder, entry)
    if not len(source):
        raise UserError(f"{folder} holds idx files of no images: get them again")
    for stem, dimensions in (IMAGES, LABELS):
        file = locate(folder, stem, dimensions)
        yield file.name, file


def read(raw: Path, entry: catalogue.Entry) -> items.Source:
    """The training split."""
    return items.numbered(*pair(raw, entry), entry.classes)


def pair(raw: Path, entry: catalogue.Entry) -> tuple[np.ndarray, np.ndarray]:
    """The training split's images and labels, which fit each other."""
    images_file, labels_file = locate(raw, *IMAGES), locate(raw, *LABELS)
    images, labels = load(images_file, IMAGES[1]), load(labels_file, LABELS[1])
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


def locate(folder: Path, stem: str, dimensions: int) -> Path:
    """The file of one kind, under any of its spellings."""
    candidates = [folder / name.format(stem, dimensions) for name in SPELLINGS]
    for file in candidates:
        if file.is_file():
            return file
    raise UserError(
        f"{folder} has no {candidates[0].name}: --source is the folder that holds "
        "the idx files"
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
