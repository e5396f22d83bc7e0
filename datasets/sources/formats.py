"""Which module finds and reads the raw files of which format."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from zipfile import Path as ZipPath

from datasets import catalogue
from datasets.sources import (
    celeba,
    cifar,
    digits,
    gaussians,
    image_files,
    lsun,
    mnist,
    paired,
    raw_items,
    stacked_mnist,
    unpaired,
)

# Each has `find(path, entry)`: (name below raw/, file) for each file to take out of
# what the user has, or a UserError where that is not what it should be; and
# `read(raw, entry)`, which opens the files once they are below raw/.
FORMATS: dict[str, ModuleType] = {
    "celeba": celeba,
    "cifar": cifar,
    "digits": digits,
    "idx": mnist,
    "lsun": lsun,
    "paired": paired,
    "pictures": image_files,
    "points": gaussians,
    "stacked": stacked_mnist,
    "unpaired": unpaired,
}
TWO_SIDED = {"paired", "unpaired"}  # formats that two folders can be given for


def find(
    paths: Sequence[Path], entry: catalogue.Entry
) -> Iterable[tuple[str, image_files.File | ZipPath]]:
    """The verified files of a dataset within what the user has: one path or A and B."""
    if len(paths) == 2:
        return unpaired.find_two(paths, entry)
    return FORMATS[entry.format].find(paths[0], entry)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """A dataset's items."""
    return FORMATS[entry.format].read(raw, entry)
