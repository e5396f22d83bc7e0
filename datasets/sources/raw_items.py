"""The raw files of a dataset as a sorted sequence of items, whatever their format."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from common.errors import UserError
from datasets.sources import selection, stores

NUMBERS = "biuf"  # kinds of arrays: bool, int, unsigned int, float


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
    left: selection.Leftovers = field(default_factory=selection.Leftovers)
    notes: tuple[str, ...] = ()  # what was made of folders and tables
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
        labels=labels,
        classes=classes,
    )


def checked(items: RawItems, dataset: str) -> RawItems:
    """Returns the items of a dataset, with labels as int64 and attributes as uint8.

    Raises:
        UserError: a label is no class's number, or an attribute neither 0 nor 1.
    """
    labels, attributes = items.labels, items.attributes
    if labels is not None:
        check_count(labels, (len(items),), f"{dataset}: labels")
        labels = class_numbers(labels, items.classes, dataset)
    if attributes is not None:
        shape = (len(items), len(items.attribute_names))
        check_count(attributes, shape, f"{dataset}: attributes")
        attributes = whole_numbers(attributes, 2, f"{dataset}: attribute")
        attributes = attributes.astype(np.uint8)
    return replace(items, labels=labels, attributes=attributes)


def class_numbers(
    labels: np.ndarray, classes: Sequence[str], dataset: str
) -> np.ndarray:
    """Returns labels as int64; UserError for one that is no class's number."""
    return whole_numbers(labels, len(classes), f"{dataset}: label")


def whole_numbers(values: np.ndarray, end: int, what: str) -> np.ndarray:
    """Returns values as int64; UserError for the first that is not in range(end)."""
    valid = np.zeros(values.shape, bool)
    if values.dtype.kind in NUMBERS:
        valid = np.isin(values, np.arange(end))

    if not valid.all():
        position = np.unravel_index(np.argmin(valid), values.shape)
        raise UserError(
            f"{what} {values[position]} of number {position[0]:,} is not one of 0 to "
            f"{end - 1}: the raw files are damaged, get them again"
        )
    return values.astype(np.int64)


def check_count(values: np.ndarray, shape: tuple[int, ...], what: str) -> None:
    """Raises UserError unless there is one row of values for each item."""
    if values.shape != shape:
        raise UserError(
            f"{what} are {list(values.shape)} where {list(shape)} are needed: get the "
            "raw files again"
        )
