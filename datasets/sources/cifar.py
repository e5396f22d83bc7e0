"""CIFAR-10 and 100 in their binary and Python forms, each as a folder or a tar.gz."""

import io
import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.archives import tar_archives
from datasets.sources import image_files, raw_items, selection

BATCHES_TAR = "batches.tar"  # below raw/; TFDS's file keeps its own name, also a .tar.*


@dataclass(frozen=True)
class Form:
    """How the training batches of a dataset are stored."""

    name: re.Pattern[str]  # of a file
    files: tuple[str, ...]
    label_bytes: int  # before the pixels of a row; the last is the class
    label_key: bytes  # of a pickled batch


FORMS = {
    "cifar10": Form(
        re.compile(r"data_batch_([1-5])(\.bin)?"),
        tuple(f"data_batch_{i}" for i in range(1, 6)), 1, b"labels",
    ),
    "cifar100": Form(re.compile(r"train(\.bin)?"), ("train",), 2, b"fine_labels"),
}  # fmt: skip
IMAGE_SHAPE = (3, 32, 32)
IMAGE_BYTES = 3 * 32 * 32
MAX_BATCH_BYTES = 192 << 20

LabelledImages = tuple[np.ndarray, np.ndarray]  # uint8 [n, 3072], labels [n]


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, image_files.File]]:
    """Yields the archive, the training batches, or images of class folders."""
    if path.is_file() and path.suffix != ".zip":
        from_archive(path, entry)
        yield BATCHES_TAR, path
    elif folder := batch_folder(path, entry):
        from_folder(folder, entry)
        for file in batch_files(folder, entry):
            yield file.name, file
    else:
        yield from image_files.find(path, entry, left)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the training images in their order, or images of class folders."""
    tars = sorted(raw.glob("*.tar*"))
    if tars:
        batches = from_archive(tars[0], entry)
    elif batch_folder(raw, entry):
        batches = from_folder(raw, entry)
    else:
        return image_files.read(raw, entry)

    pixels = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    images = pixels.reshape(-1, *IMAGE_SHAPE).transpose(0, 2, 3, 1)  # NCHW -> NHWC
    return raw_items.of_array(np.ascontiguousarray(images), labels, entry.classes)


def batch_files(folder: Path, entry: catalogue.Entry) -> list[Path]:
    """Returns the files of training batches in a folder, in order."""
    name = FORMS[entry.name].name
    return sorted(
        file
        for file in folder.iterdir()
        if name.fullmatch(file.name) and file.is_file()
    )


def batch_folder(path: Path, entry: catalogue.Entry) -> Path | None:
    """Returns the folder of the batches: this one or one directly below it, if any."""
    if not path.is_dir():
        return None
    subfolders = sorted(child for child in path.iterdir() if child.is_dir())
    return next((f for f in (path, *subfolders) if batch_files(f, entry)), None)


def from_folder(folder: Path, entry: catalogue.Entry) -> list[LabelledImages]:
    """Returns the batches of an unpacked archive."""
    batches = {}
    for file in batch_files(folder, entry):
        with file.open("rb") as stream:
            batches[file.name] = parse(file.name, stream, FORMS[entry.name])
    return in_order(batches, folder, entry)


def from_archive(path: Path, entry: catalogue.Entry) -> list[LabelledImages]:
    """Returns the batches of a tar archive, which is read through once."""
    batches = {}
    for member, file in tar_archives.members(path, entry.name):
        name = PurePosixPath(member).name
        if FORMS[entry.name].name.fullmatch(name):
            batches[name] = parse(name, file.open("rb"), FORMS[entry.name])
    return in_order(batches, path, entry)


def in_order(
    batches: dict[str, LabelledImages], path: Path, entry: catalogue.Entry
) -> list[LabelledImages]:
    """Returns the batches in order; UserError if one is missing."""
    files = FORMS[entry.name].files
    if len(batches) != len(files):
        raise UserError(
            f"{path} has {len(batches)} of the {len(files)} training batches of "
            f"{entry.name} ({', '.join(files)}, perhaps with .bin): get it again"
        )
    return [batches[name] for name in sorted(batches)]


def parse(name: str, stream: IO[bytes], form: Form) -> LabelledImages:
    """Returns one batch, binary if its name ends so, else pickled."""
    parser = parse_binary if name.endswith(".bin") else parse_pickle
    try:
        images, labels = parser(stream.read(MAX_BATCH_BYTES), form)
    except Exception as error:  # a damaged pickle raises anything
        raise UserError(f"{name} is damaged ({error}): get it again") from error
    if len(images) != len(labels) or not len(images):
        raise UserError(f"{name} has {len(images)} images, {len(labels)} labels")
    return images, labels


def parse_binary(content: bytes, form: Form) -> LabelledImages:
    """Returns a batch stored as rows of label bytes and 3,072 pixels."""
    n = form.label_bytes
    rows = np.frombuffer(content, np.uint8).reshape(-1, n + IMAGE_BYTES)
    return rows[:, n:], rows[:, n - 1]


def parse_pickle(content: bytes, form: Form) -> LabelledImages:
    """Returns a batch stored as a pickled dict of an array and a list."""
    batch = ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
    images = np.asarray(batch[b"data"], np.uint8).reshape(-1, IMAGE_BYTES)
    return images, np.asarray(batch[form.label_key])


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
