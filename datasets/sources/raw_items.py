"""The raw files of a dataset as a sorted sequence of items, whatever their format."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from datasets.sources import stores


@dataclass(frozen=True)
class RawItems:
    """Raw items in the order of their keys, with labels and attributes if any."""

    keys: Sequence[str]
    store: stores.Store
    labels: np.ndarray | None = None  # int64 [count]
    attributes: np.ndarray | None = None  # uint8 [count, names], 0 or 1
    classes: tuple[str, ...] = ()
    attribute_names: tuple[str, ...] = ()
    terms: str = ""  # the licence, where the catalogue cannot know it
    # Part -> positions of its items, int64; empty if all are for training.
    parts: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, positions: np.ndarray) -> "RawItems":
        """Returns the items at some positions, in that order, without their parts."""
        return RawItems(
            [self.keys[i] for i in positions],
            self.store.take(positions.tolist()),
            None if self.labels is None else self.labels[positions],
            None if self.attributes is None else self.attributes[positions],
            self.classes,
            self.attribute_names,
            self.terms,
        )


def of_array(
    pixels: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> RawItems:
    """Returns the images or points of an array, whose keys are their numbers."""
    keys = [f"{i:06d}" for i in range(len(pixels))]
    return RawItems(
        keys,
        stores.PixelStore(pixels),
        labels=labels.astype(np.int64),
        classes=classes,
    )
