"""A dataset's raw files as a sorted sequence of items, whatever their format."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from datasets.sources import stores


@dataclass(frozen=True)
class Source:
    """Raw items in the order of their keys, with what is known of each."""

    keys: Sequence[str]
    store: stores.Store
    labels: np.ndarray | None = None  # int64 [count]
    attributes: np.ndarray | None = None  # uint8 [count, names], 0 or 1
    classes: tuple[str, ...] = ()
    attribute_names: tuple[str, ...] = ()
    terms: str = ""  # where the catalogue cannot know them
    # Part -> positions of its items, int64; empty: all are for training.
    parts: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, positions: np.ndarray) -> "Source":
        """The items at some positions, in that order, without their parts."""
        return Source(
            [self.keys[i] for i in positions],
            self.store.take(positions.tolist()),
            None if self.labels is None else self.labels[positions],
            None if self.attributes is None else self.attributes[positions],
            self.classes,
            self.attribute_names,
            self.terms,
        )


def numbered(
    pixels: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> Source:
    """A source of images or points that are an array, in the array's order."""
    keys = [f"{i:06d}" for i in range(len(pixels))]
    return Source(
        keys,
        stores.PixelStore(pixels),
        labels=labels.astype(np.int64),
        classes=classes,
    )
