"""CIFAR-10 in its binary and Python forms, each as a folder or as a tar.gz."""

import io
import pickle
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.sources import archives, image_files, raw_items

ARCHIVE = "batches.tar"  # below raw/; TFDS's file keeps its own name, also a .tar.*
BATCH = re.compile(r"data_batch_([1-5])(\.bin)?")
BATCHES = 5
IMAGE_SHAPE = (3, 32, 32)
IMAGE_BYTES = 3 * 32 * 32
MAX_BATCH_BYTES = 64 << 20

Batch = tuple[np.ndarray, np.ndarray]  # uint8 [n, 3072], labels [n]


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, image_files.File]]:
    """The archive, the five training batches, or the images of class folders."""
    if path.is_file() and path.suffix != ".zip":
        if archives.is_html(path):
            raise archives.html_error(path, entry.name)
        from_archive(path)
        yield ARCHIVE, path
    elif folder := batch_folder(path):
        from_folder(folder)
        for file in batch_files(folder):
            yield file.name, file
    else:
        train = path / "train"
        yield from image_files.find(train if train.is_dir() else path, entry)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The 50,000 training images in the batches' order, or images of class folders."""
    tars = sorted(raw.glob("*.tar*"))
    if tars:
        batches = from_archive(tars[0])
    elif batch_folder(raw):
        batches = from_folder(raw)
    else:
        return image_files.read(raw, entry)
    pixels = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    images = pixels.reshape(-1, *IMAGE_SHAPE).transpose(0, 2, 3, 1)  # NCHW -> NHWC
    return raw_items.numbered(np.ascontiguousarray(images), labels, entry.classes)


def batch_files(folder: Path) -> list[Path]:
    """The training batches that lie directly in a folder, in order."""
    return sorted(file for file in folder.iterdir() if BATCH.fullmatch(file.name))


def batch_folder(path: Path) -> Path | None:
    """The folder that holds the batches: this one or one directly below it."""
    if not path.is_dir():
        return None
    below = sorted(child for child in path.iterdir() if child.is_dir())
    return next((folder for folder in (path, *below) if batch_files(folder)), None)


def from_folder(folder: Path) -> list[Batch]:
    """The batches of an unpacked archive."""
    batches = {}
    for file in batch_files(folder):
        with file.open("rb") as stream:
            batches[file.name] = parse(file.name, stream)
    return whole(batches, folder)


def from_archive(path: Path) -> list[Batch]:
    """The batches of a tar archive, which is read through once."""
    batches = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                stream = archive.extractfile(member)
                if stream and BATCH.fullmatch(name):
                    batches[name] = parse(name, stream)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UserError(f"{path} is damaged ({error}): get it again") from error
    return whole(batches, path)


def whole(batches: dict[str, Batch], path: Path) -> list[Batch]:
    """The batches in order, when none is missing."""
    if len(batches) != BATCHES:
        raise UserError(
            f"{path} has {len(batches)} of CIFAR-10's {BATCHES} training batches "
            "(data_batch_1 ... data_batch_5): get it again"
        )
    return [batches[name] for name in sorted(batches)]


def parse(name: str, stream: IO[bytes]) -> Batch:
    """One batch, in the form that its name tells."""
    content = stream.read(MAX_BATCH_BYTES)
    reader: Callable[[bytes], Batch] = binary if name.endswith(".bin") else pickled
    try:
        images, labels = reader(content)
    except Exception as error:  # a damaged pickle raises anything
        raise UserError(f"{name} is damaged ({error}): get it again") from error
    if len(images) != len(labels) or not len(images):
        raise UserError(f"{name} has {len(images)} images, {len(labels)} labels")
    return images, labels


def binary(content: bytes) -> Batch:
    """Rows of one label byte and 3,072 pixels."""
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + IMAGE_BYTES)
    return rows[:, 1:], rows[:, 0]


def pickled(content: bytes) -> Batch:
    """A pickled dict of an array and a list."""
    batch = ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
    images = np.asarray(batch[b"data"], np.uint8).reshape(-1, IMAGE_BYTES)
    return images, np.asarray(batch[b"labels"])


class ArrayUnpickler(pickle.Unpickler):
    """Unpickles NumPy arrays and nothing that could run code."""

    def find_class(self, module: str, name: str) -> Any:
        if module in {"numpy.core.multiarray", "numpy._core.multiarray"}:
            module = "numpy._core.multiarray"
        if (module, name) not in {
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)
