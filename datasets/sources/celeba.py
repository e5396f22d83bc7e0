"""CelebA's aligned faces, with the forty attributes if their list is there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.archives import web_pages
from datasets.sources import image_files, raw_items

FACES_ZIP = "img_align_celeba.zip"
ATTRIBUTES = "list_attr_celeba.txt"


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, image_files.File]]:
    """Yields the zip or the unpacked images, and the list of attributes if any."""
    archive = path / FACES_ZIP
    images = archive if archive.is_file() else path
    yield from image_files.find(images, entry)
    for folder in (path, path.parent):
        if (folder / ATTRIBUTES).is_file():
            read_attributes(folder / ATTRIBUTES)
            yield ATTRIBUTES, folder / ATTRIBUTES
            return


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the faces in the order of their numbers."""
    keys, store = image_files.open_images(raw, entry)
    items = raw_items.RawItems(keys, store)
    file = raw / ATTRIBUTES
    if not file.is_file():
        return items
    names, table = read_attributes(file)
    return replace(items, attributes=rows_of(keys, table, file), attribute_names=names)


def read_attributes(file: Path) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """Returns the attributes' names and, by file name, a byte of 0 or 1 for each.

    Raises:
        UserError: the file is not CelebA's list, or not the whole of it.
    """
    if web_pages.is_html(file):
        raise web_pages.html_error(file, "celeba")

    values = {"-1": 0, "1": 1}
    with file.open(encoding="ascii", errors="replace") as lines:
        try:
            count = int(next(lines))
            names = tuple(next(lines).split())
            table = {
                name: bytes(values[value] for value in row)
                for name, *row in map(str.split, lines)
            }
        except (ValueError, KeyError, StopIteration) as error:
            raise UserError(
                f"{file} is not CelebA's list of attributes ({error!r}): get it again, "
                "or remove it to do without"
            ) from error

    if len(table) != count or {len(row) for row in table.values()} != {len(names)}:
        raise UserError(
            f"{file} has {len(table):,} rows where it promises {count:,} of "
            f"{len(names)} values: get it again, or remove it to do without"
        )
    return names, table


def rows_of(keys: Sequence[str], table: dict[str, bytes], file: Path) -> np.ndarray:
    """Returns the attributes of each image, uint8 [count, names]."""
    try:
        rows = b"".join(table[PurePosixPath(key).name] for key in keys)
    except KeyError as error:
        raise UserError(
            f"{file} has no row for {error.args[0]}: get it again, or remove it to do "
            "without"
        ) from error
    return np.frombuffer(rows, np.uint8).reshape(len(keys), -1)
