"""CIFAR-10 in its binary and Python forms, each as a folder or as a tar.gz."""

import io
import pickle
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.archives import tar_archives
from datasets.sources import image_files, raw_items

BATCHES_TAR = "batches.tar"  # below raw/; TFDS's file keeps its own name, also a .tar.*
BATCH_NAME = re.compile(r"data_batch_([1-5])(\.bin)?")
BATCH_COUNT = 5
IMAGE_SHAPE = (3, 32, 32)
IMAGE_BYTES = 3 * 32 * 32
MAX_BATCH_BYTES = 64 << 20

LabelledImages = tuple[np.ndarray, np.ndarray]  # uint8 [n, 3072], labels [n]


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, image_files.File]]:
    """Yields the archive, the five training batches, or images of class folders."""
    if path.is_file() and path.suffix != ".zip":
        from_archive(path, entry)
        yield BATCHES_TAR, path
    elif folder := batch_folder(path):
        from_folder(folder)
        for file in batch_files(folder):
            yield file.name, file
    else:
        train = path / "train"
        yield from image_files.find(train if train.is_dir() else path, entry)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the 50,000 training images in their order, or images of class folders."""
    tars = sorted(raw.glob("*.tar*"))
    if tars:
        batches = from_archive(tars[0], entry)
    elif batch_folder(raw):
        batches = from_folder(raw)
    else:
        return image_files.read(raw, entry)

    pixels = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    images = pixels.reshape(-1, *IMAGE_SHAPE).transpose(0, 2, 3, 1)  # NCHW -> NHWC
    return raw_items.of_array(np.ascontiguousarray(images), labels, entry.classes)


def batch_files(folder: Path) -> list[Path]:
    """Returns the files of training batches in a folder, in order."""
    return sorted(file for file in folder.iterdir() if BATCH_NAME.fullmatch(file.name))


def batch_folder(path: Path) -> Path | None:
    """Returns the folder of the batches: this one or one directly below it, if any."""
    if not path.is_dir():
        return None
    subfolders = sorted(child for child in path.iterdir() if child.is_dir())
    return next((f for f in (path, *subfolders) if batch_files(f)), None)


def from_folder(folder: Path) -> list[LabelledImages]:
    """Returns the batches of an unpacked archive."""
    batches = {}
    for file in batch_files(folder):
        with file.open("rb") as stream:
            batches[file.name] = parse(file.name, stream)
    return in_order(batches, folder)


def from_archive(path: Path, entry: catalogue.Entry) -> list[LabelledImages]:
    """Returns the batches of a tar archive, which is read through once."""
    batches = {}
    for member, file in tar_archives.members(path, entry.name):
        name = PurePosixPath(member).name
        if BATCH_NAME.fullmatch(name):
            batches[name] = parse(name, file.open("rb"))
    return in_order(batches, path)


def in_order(batches: dict[str, LabelledImages], path: Path) -> list[LabelledImages]:
    """Returns the batches in order; UserError if one is missing."""
    if len(batches) != BATCH_COUNT:
        raise UserError(
            f"{path} has {len(batches)} of CIFAR-10's {BATCH_COUNT} training batches "
            "(data_batch_1 ... data_batch_5): get it again"
        )
    return [batches[name] for name in sorted(batches)]


def parse(name: str, stream: IO[bytes]) -> LabelledImages:
    """Returns one batch, binary if its name ends so, else pickled."""
    parser = parse_binary if name.endswith(".bin") else parse_pickle
    try:
        images, labels = parser(stream.read(MAX_BATCH_BYTES))
    except Exception as error:  # a damaged pickle raises anything
        raise UserError(f"{name} is damaged ({error}): get it again") from error
    if len(images) != len(labels) or not len(images):
        raise UserError(f"{name} has {len(images)} images, {len(labels)} labels")
    return images, labels


def parse_binary(content: bytes) -> LabelledImages:
    """Returns a batch stored as rows of one label byte and 3,072 pixels."""
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + IMAGE_BYTES)
    return rows[:, 1:], rows[:, 0]


def parse_pickle(content: bytes) -> LabelledImages:
    """Returns a batch stored as a pickled dict of an array and a list."""
    batch = ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
    images = np.asarray(batch[b"data"], np.uint8).reshape(-1, IMAGE_BYTES)
    return images, np.asarray(batch[b"labels"])


class ArrayUnpickler(pickle.Unpickler):
    """An unpickler of NumPy arrays that refuses everything else, as it may run code."""

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
