"""Stacked digits: three grey ones are the channels of an image, of 1,000 modes."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from datasets import catalogue, paths
from datasets.sources import digits, mnist, raw_items, selection, stores

STACKS = 60_000
STACKS_SEED = 0
MNIST_ENTRY = catalogue.CATALOGUE["mnist"]
DIGITS_ENTRY = catalogue.CATALOGUE["digits"]


@dataclass(frozen=True)
class StackedStore:
    """Colour images whose channels are grey images, by their numbers."""

    grey: np.ndarray  # uint8 [images, height, width]
    index: np.ndarray  # int64 [count, 3]

    def take(self, positions: Sequence[int]) -> "StackedStore":
        index = self.index[positions]
        new_index = np.arange(index.size).reshape(index.shape)
        return StackedStore(self.grey[index.ravel()], new_index)

    @contextlib.contextmanager
    def reader(self) -> Iterator[stores.ItemReader]:
        yield lambda position: self._stack(position).tobytes()

    def _stack(self, position: int) -> np.ndarray:
        return np.stack(self.grey[self.index[position]], axis=-1)

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        shape = (*self.grey.shape[1:], 3)
        return Image.fromarray(np.frombuffer(raw, np.uint8).reshape(shape))

    def size(self, raw: bytes) -> tuple[int, int] | None:
        _, height, width = self.grey.shape
        return width, height


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, mnist.File]]:
    """Yields MNIST's training files."""
    return mnist.find_split(path, MNIST_ENTRY, "train")


def downloaded(data_dir: Path) -> list[Path]:
    """Returns the directory of MNIST's raw files, if it is there."""
    raw = paths.raw(data_dir, MNIST_ENTRY.name)
    return [raw] if raw.is_dir() else []


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns stacks of three random digits, labelled by the number they spell."""
    if (raw / digits.DIGITS_CSV).is_file():
        grey, labels = digits.load(raw)
        labels = raw_items.class_numbers(labels, DIGITS_ENTRY.classes, entry.name)
        terms = DIGITS_ENTRY.terms
    else:
        grey, labels = mnist.pair(raw, MNIST_ENTRY, "train")
        terms = MNIST_ENTRY.terms

    index = np.random.default_rng(STACKS_SEED).integers(len(grey), size=(STACKS, 3))
    return raw_items.RawItems(
        [f"{i:06d}" for i in range(STACKS)],
        StackedStore(grey, index),
        labels=labels[index] @ [100, 10, 1],
        classes=entry.classes,
        terms=terms,
    )
