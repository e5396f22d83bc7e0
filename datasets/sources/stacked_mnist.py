"""Stacked digits: three grey ones are the channels of one image, 1,000 known modes."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from datasets import catalogue, paths
from datasets.sources import digits, mnist, raw_items, stores

COUNT = 60_000
SEED = 0
MNIST = catalogue.CATALOGUE["mnist"]
DIGITS = catalogue.CATALOGUE["digits"]


@dataclass(frozen=True)
class StackedStore:
    """Colour images whose channels are grey ones, which several of them may share."""

    grey: np.ndarray  # uint8 [images, height, width]
    index: np.ndarray  # int64 [count, 3]

    def take(self, positions: Sequence[int]) -> "StackedStore":
        index = self.index[positions]
        own = np.arange(index.size).reshape(index.shape)
        return StackedStore(self.grey[index.ravel()], own)

    @contextlib.contextmanager
    def reader(self) -> Iterator[stores.Reader]:
        yield lambda position: self._stack(position).tobytes()

    def _stack(self, position: int) -> np.ndarray:
        return np.stack(self.grey[self.index[position]], axis=-1)

    def image(self, raw: bytes, enough: int | None = None) -> Image.Image:
        shape = (*self.grey.shape[1:], 3)
        return Image.fromarray(np.frombuffer(raw, np.uint8).reshape(shape))


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, Path]]:
    """MNIST's training files."""
    return mnist.find_split(path, MNIST, "train")


def downloaded(data_dir: Path) -> list[Path]:
    """MNIST's raw files, if they are there."""
    raw = paths.raw(data_dir, MNIST.name)
    return [raw] if raw.is_dir() else []


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """Three random digits each, labelled by the number that they spell."""
    if (raw / digits.FILE).is_file():
        (grey, labels), terms = digits.load(raw), DIGITS.terms
    else:
        (grey, labels), terms = mnist.pair(raw, MNIST, "train"), MNIST.terms
    index = np.random.default_rng(SEED).integers(len(grey), size=(COUNT, 3))
    return raw_items.Source(
        [f"{i:06d}" for i in range(COUNT)],
        StackedStore(grey, index),
        labels=labels[index].astype(np.int64) @ [100, 10, 1],
        classes=entry.classes,
        terms=terms,
    )
