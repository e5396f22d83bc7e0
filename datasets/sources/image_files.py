"""Image files in a folder or an archive; folders are parts and classes."""

import operator
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue, origin
from datasets.archives import kinds, tar_archives, zip_archives
from datasets.images import image_types
from datasets.sources import label_tables, layout, raw_items, selection, stores

LABELS = "labels"  # the stem of the table of labels below raw/

File = Path | tar_archives.TarMember


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, File]]:
    """Yields the zip itself, or each image in a tar archive or below a folder.

    What is not taken is counted in `left`; of a zip, when that is read.

    Raises:
        UserError: there are no images, or the archive is damaged.
    """
    if path.is_file() and not tar_archives.is_tar(path):
        yield from find_zip(path, entry)
        return

    count = 0
    for name, file in (folder_files if path.is_dir() else tar_files)(path, entry, left):
        count += image_types.is_named_so(name)
        yield f"{entry.folder}/{name}", file
    if not count:
        raise no_images(path, left)


def find_zip(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, File]]:
    """Yields a zip after checking its members; UserError if none is an image."""
    kinds.refuse_unreadable(path)
    if image_types.is_named_so(path.name):
        raise UserError(f"{path} is one image: name the folder or archive of them all")
    left = selection.Leftovers()
    members = zip_archives.members(path, entry.name)
    if not sum(left.takes(name) for name, _ in members):
        raise no_images(path, left)
    yield f"{entry.folder}.zip", path


def no_images(path: Path, left: selection.Leftovers) -> UserError:
    """Returns the error for a file or folder without images."""
    nearby = sorted(file.name for file in path.glob("*") if is_archive(file))
    hint = f"; it has {nearby[0]}: name that file" if nearby else ""
    has = f" but {left.words()}" if left else ""
    remedy = hint or ": name another path"
    return UserError(f"{path} has no images in it, such as .jpg or .png{has}{remedy}")


def is_archive(path: Path) -> bool:
    """Returns whether a file is an archive that can be read."""
    return path.is_file() and (path.suffix == ".zip" or tar_archives.is_tar(path))


def folder_files(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, File]]:
    """Yields the names and files of the images below a folder, and of their table."""
    table = path / selection.TABLE_OF_NVIDIA
    if table.is_file():
        yield table.name, table
    for name in selection.walk(path, left):
        yield name, path / name


def tar_files(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, File]]:
    """Yields the names and files of the images in a tar archive, and of their table."""
    for name, file in tar_archives.members(path, entry.name):
        if selection.is_table(name) or left.takes(name):
            yield name, file


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the images in the order of their paths, in parts, with labels if any."""
    items = open_images(raw, entry)
    source = origin.load(raw)
    table = table_of(raw, entry)
    labels = source.labels if source else ""
    structure = layout.of(items.keys, entry.name, "none" if table else labels)
    items = replace(items, parts=layout.positions(structure.parts))

    if table and not labels:
        content, name = table
        told = label_tables.read(content, name, items.keys)
        return replace(
            items,
            labels=told.labels,
            classes=told.classes,
            attributes=told.attributes,
            attribute_names=told.attribute_names,
            notes=(*items.notes, *told.notes),
        )
    return replace(
        items,
        labels=structure.labels,
        classes=structure.classes,
        notes=(*items.notes, *structure.notes),
    )


def table_of(raw: Path, entry: catalogue.Entry) -> tuple[bytes, str] | None:
    """Returns the content and the name of the table of labels, if there is one."""
    given = sorted(raw.glob(f"{LABELS}.*"))
    below = [selection.TABLE_OF_NVIDIA, f"*/{selection.TABLE_OF_NVIDIA}"]
    nvidias = [path for name in below for path in (raw / entry.folder).glob(name)]
    if tables := given or nvidias:
        return tables[0].read_bytes(), tables[0].name
    for path in zips(raw):
        for name, member in zip_archives.members(path, entry.name):
            if selection.is_table(name):
                return zip_archives.content(path, member), selection.TABLE_OF_NVIDIA
    return None


def open_images(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the images by their paths without the folders that all of them share."""
    items = list_images(raw, entry)
    return replace(items, keys=layout.without_common_folders(items.keys))


def list_images(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the images in the order of their paths, and what else is there."""
    left = selection.Leftovers()
    names: list[str]
    store: stores.Store
    if archives := zips(raw):
        names, store = list_zip(archives[0], entry, left)
    else:
        names = sorted(selection.walk(raw / entry.folder, left))
        store = stores.FolderStore(raw / entry.folder, names)

    if not names:
        raise UserError(f"{raw} has no images in it: remove it and download again")
    return raw_items.RawItems(names, store, left=left)


def zips(raw: Path) -> list[Path]:
    """Returns the zip archives among the raw files."""
    return sorted(raw.glob("*.zip"))


def list_zip(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> tuple[list[str], stores.ZipStore]:
    """Returns the sorted paths of a zip's images, and a store of them in this order."""
    row = operator.attrgetter(*stores.ZIP_COLUMNS)
    names = []
    numbers = array("q")
    for name, member in zip_archives.members(path, entry.name):
        if left.takes(name):
            names.append(name)
            numbers.extend(row(member))

    order = sorted(range(len(names)), key=names.__getitem__)
    table = np.frombuffer(numbers, np.int64).reshape(-1, len(stores.ZIP_COLUMNS))
    return [names[i] for i in order], stores.ZipStore(path, table[order])
