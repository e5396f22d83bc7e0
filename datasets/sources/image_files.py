"""Image files in a folder or a zip archive; subfolders are classes."""

import operator
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.archives import tar_archives, zip_archives
from datasets.images import image_types
from datasets.sources import raw_items, stores

File = Path | tar_archives.TarMember


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, File]]:
    """Yields the zip itself, or each image in a tar archive or below a folder.

    Raises:
        UserError: there are no images, or the archive is damaged.
    """
    if path.is_file() and not tar_archives.is_tar(path):
        members = zip_archives.members(path, entry.name)
        count = sum(is_image(member.filename) for member in members)  # checks them all
        if not count:
            raise no_images(path)
        yield f"{entry.folder}.zip", path
        return

    count = 0
    for name, file in folder_images(path) if path.is_dir() else tar_images(path, entry):
        count += 1
        yield f"{entry.folder}/{name}", file
    if not count:
        raise no_images(path)


def no_images(path: Path) -> UserError:
    """Returns the error for a file or folder without images."""
    nearby = sorted(file.name for file in path.glob("*") if is_archive(file))
    hint = f"; it has {nearby[0]}: name that file" if nearby else ""
    return UserError(f"{path} has no images in it, such as .jpg or .png{hint}")


def is_archive(path: Path) -> bool:
    """Returns whether a file is named like an archive."""
    return path.suffix == ".zip" or tar_archives.is_tar(path)


def folder_images(path: Path) -> Iterator[tuple[str, File]]:
    """Yields the names and files of the images below a folder."""
    for name in walk(path):
        yield name, path / name


def tar_images(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, File]]:
    """Yields the names and files of the images in a tar archive."""
    for name, file in tar_archives.members(path, entry.name):
        if is_image(name):
            yield name, file


def walk(root: Path) -> Iterator[str]:
    """Yields the paths of the images below a folder, relative to it."""
    for folder, _, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        for file in files:
            name = os.path.normpath(os.path.join(relative, file)).replace(os.sep, "/")
            if is_image(name) and os.path.isfile(os.path.join(folder, file)):
                yield name


def is_image(name: str) -> bool:
    """Returns whether a path is named like an image, and is not hidden."""
    path = f"/{name}"
    hidden = "/." in path or "/__MACOSX" in path
    return image_types.is_named_so(name) and not hidden


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the images in the order of their paths, labelled by their subfolders."""
    keys, store = open_images(raw, entry)
    classes, labels = classify(keys)
    return raw_items.RawItems(keys, store, labels, classes=classes)


def open_images(raw: Path, entry: catalogue.Entry) -> tuple[list[str], stores.Store]:
    """Returns sorted keys and a store; keys are paths without their common folders."""
    names, store = list_images(raw, entry)
    return without_common_folders(names), store


def list_images(raw: Path, entry: catalogue.Entry) -> tuple[list[str], stores.Store]:
    """Returns the images' sorted paths, and a store of them in this order."""
    zips = sorted(raw.glob("*.zip"))
    names: list[str]
    store: stores.Store
    if zips:
        names, store = list_zip(zips[0], entry)
    else:
        names = sorted(walk(raw / entry.folder))
        store = stores.FolderStore(raw / entry.folder, names)

    if not names:
        raise UserError(f"{raw} has no images in it: remove it and download again")
    return names, store


def list_zip(path: Path, entry: catalogue.Entry) -> tuple[list[str], stores.ZipStore]:
    """Returns the sorted paths of a zip's images, and a store of them in this order."""
    row = operator.attrgetter(*stores.ZIP_COLUMNS)
    names = []
    numbers = array("q")
    for member in zip_archives.members(path, entry.name):
        if is_image(member.filename):
            names.append(member.filename)
            numbers.extend(row(member))

    order = sorted(range(len(names)), key=names.__getitem__)
    table = np.frombuffer(numbers, np.int64).reshape(-1, len(stores.ZIP_COLUMNS))
    return [names[i] for i in order], stores.ZipStore(path, table[order])


def without_common_folders(names: Sequence[str]) -> list[str]:
    """Returns sorted paths without the leading folders that all of them share."""
    start = 0
    # What the first and the last of sorted paths share, all of them share.
    folders = (name.split("/")[:-1] for name in (names[0], names[-1]))
    for first, last in zip(*folders, strict=False):
        if first != last:
            break
        start += len(first) + 1
    return [name[start:] for name in names]


def classify(keys: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray | None]:
    """Returns class names, and labels int64 [count], by the first folder of each key.

    There are none if an image lies in no folder.
    """
    if not all("/" in key for key in keys):
        return (), None
    folders = [key.split("/", 1)[0] for key in keys]
    classes = sorted(set(folders))
    index = {name: label for label, name in enumerate(classes)}
    return tuple(classes), np.array([index[folder] for folder in folders], np.int64)
