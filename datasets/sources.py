"""Which module finds and reads the raw files of which format."""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from zipfile import Path as ZipPath

from datasets import (
    catalogue,
    celeba,
    cifar,
    digits,
    idx,
    items,
    lsun,
    pictures,
    points,
    stacked,
)

# Each has `find(path, entry)`: (name below raw/, file) for each file to take out of
# what the user has, or a UserError where that is not what it should be; and
# `read(raw, entry)`, which opens the files once they are below raw/.
FORMATS: dict[str, ModuleType] = {
    "celeba": celeba,
    "cifar": cifar,
    "digits": digits,
    "idx": idx,
    "lsun": lsun,
    "pictures": pictures,
    "points": points,
    "stacked": stacked,
}


def find(path: Path, entry: catalogue.Entry) -> Iterable[tuple[str, Path | ZipPath]]:
    """The verified files of a dataset within what the user has."""
    return FORMATS[entry.format].find(path, entry)


def read(raw: Path, entry: catalogue.Entry) -> items.Source:
    """A dataset's items."""
    return FORMATS[entry.format].read(raw, entry)
