"""The modules that find and read the raw files of each format."""

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
    selection,
    stacked_mnist,
    unpaired,
)

# Each has `find(path, entry, left)`, which yields (name below raw/, file) for each file
# to take from the user's folder or archive and counts the others in `left`, or raises a
# UserError if that is not of the format; and `read(raw, entry)`, which returns the
# items of the files below raw/.
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
TWO_FOLDERS = {"paired", "unpaired"}  # formats that --source A,B may name


def find(
    paths: Sequence[Path], entry: catalogue.Entry, left: selection.Leftovers
) -> Iterable[tuple[str, image_files.File | ZipPath]]:
    """Yields names and verified files of a dataset below one path, or in A and B."""
    if len(paths) == 2:
        return unpaired.find_two(paths, entry, left)
    return FORMATS[entry.format].find(paths[0], entry, left)


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns a dataset's items; UserError for labels that its classes do not have."""
    items = FORMATS[entry.format].read(raw, entry)
    return raw_items.checked(items, entry.name)
