"""Image files in a folder or a zip archive; subfolders are classes."""

import operator
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.sources import archives, raw_items, stores

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")

File = Path | archives.TarMember


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, File]]:
    """The zip itself, each image in a tar archive, or each image below a folder."""
    if path.is_file() and not archives.is_tar(path):
        members = archives.zip_members(path, entry.name)
        if not sum(
            is_image(member.filename) for member in members
        ):  # checks all of them
            raise UserError(f"{path} has no images ({', '.join(SUFFIXES)}) in it")
        yield f"{entry.folder}.zip", path
        return
    found = False
    for name, file in unpacked(path, entry):
        found = True
        yield f"{entry.folder}/{name}", file
    if not found:
        kept = sorted(file.name for file in path.glob("*") if is_archive(file))
        hint = f"; it has {kept[0]}: name that file" if kept else ""
        raise UserError(f"{path} has no images ({', '.join(SUFFIXES)}) in it{hint}")


def is_archive(path: Path) -> bool:
    """Whether a file is named like an archive of images."""
    return path.suffix == ".zip" or archives.is_tar(path)


def unpacked(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, File]]:
    """The images in a tar archive or a folder, by name."""
    if path.is_dir():
        yield from ((name, path / name) for name in walk(path))
    else:
        members = archives.tar_files(path, entry.name)
        yield from ((name, file) for name, file in members if is_image(name))


def walk(root: Path) -> Iterator[str]:
    """The images below a folder, relative to it; hidden ones are left out."""
    for folder, _, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        for file in files:
            name = os.path.normpath(os.path.join(relative, file)).replace(os.sep, "/")
            if is_image(name) and os.path.isfile(os.path.join(folder, file)):
                yield name


def is_image(name: str) -> bool:
    """Whether a path is named like an image and is no leftover of a file manager."""
    path = f"/{name}"
    hidden = "/." in path or "/__MACOSX" in path
    return name.lower().endswith(SUFFIXES) and not hidden


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The images in the order of their paths, labelled by their subfolders."""
    keys, store = opened(raw, entry)
    classes, labels = classify(keys)
    return raw_items.Source(keys, store, labels, classes=classes)


def opened(raw: Path, entry: catalogue.Entry) -> tuple[list[str], stores.Store]:
    """Sorted keys, which are paths without the folders that all of them share."""
    names, store = listed(raw, entry)
    return shortened(names), store


def listed(raw: Path, entry: catalogue.Entry) -> tuple[list[str], stores.Store]:
    """The images' sorted paths, and their bytes."""
    zips = sorted(raw.glob("*.zip"))
    names: list[str]
    store: stores.Store
    if zips:
        names, store = zipped(zips[0], entry)
    else:
        names = sorted(walk(raw / entry.folder))
        store = stores.FolderStore(raw / entry.folder, names)
    if not names:
        raise UserError(f"{raw} has no images in it: remove it and download again")
    return names, store


def zipped(path: Path, entry: catalogue.Entry) -> tuple[list[str], stores.ZipStore]:
    """What `listed` gives, of an archive."""
    names, numbers, row = [], array("q"), operator.attrgetter(*stores.ROW)
    for member in archives.zip_members(path, entry.name):
        if is_image(member.filename):
            names.append(member.filename)
            numbers.extend(row(member))
    order = sorted(range(len(names)), key=names.__getitem__)
    table = np.frombuffer(numbers, np.int64).reshape(-1, len(stores.ROW))
    return [names[i] for i in order], stores.ZipStore(path, table[order])


def shortened(names: Sequence[str]) -> list[str]:
    """Sorted paths without the folders that the first and last, hence all, share."""
    start = 0
    folders = (name.split("/")[:-1] for name in (names[0], names[-1]))
    for first, last in zip(*folders, strict=False):
        if first != last:
            break
        start += len(first) + 1
    return [name[start:] for name in names]


def classify(keys: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray | None]:
    """Class names and labels by the first folder; none if an image has no folder."""
    if not all("/" in key for key in keys):
        return (), None
    folders = [key.split("/", 1)[0] for key in keys]
    classes = sorted(set(folders))
    index = {name: label for label, name in enumerate(classes)}
    return tuple(classes), np.array([index[folder] for folder in folders], np.int64)
