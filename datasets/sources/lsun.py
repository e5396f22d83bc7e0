"""LSUN's categories: each is an LMDB of WebP images, or a folder made of one."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar

from common.errors import UserError
from datasets import catalogue
from datasets.sources import archives, image_files, lmdb_store, raw_items

DATABASE = "data.mdb"

Place = TypeVar("Place", bound=PurePath)


def find(
    path: Path, entry: catalogue.Entry
) -> Iterator[tuple[str, image_files.File | zipfile.Path]]:
    """The database, in a folder or in the published zip, or else images."""
    archive = path / entry.files[0]
    path = archive if archive.is_file() else path
    if path.is_dir() or path.name == DATABASE:
        if file := chosen(databases(path), path, entry):
            lmdb_store.keys(file)
            yield DATABASE, file
            return
    else:
        members = archives.zip_members(path, entry.name)
        names = (PurePosixPath(member.filename) for member in members)
        found = [name for name in names if name.name == DATABASE]
        if member := chosen(found, path, entry):
            with zipfile.ZipFile(path) as zipped:
                yield DATABASE, zipfile.Path(zipped, str(member))
            return
    yield from image_files.find(path, entry)


def databases(path: Path) -> list[Path]:
    """The database that this is, that lies in this folder, or those one level below."""
    if path.is_file():
        return [path]
    if (path / DATABASE).is_file():
        return [path / DATABASE]
    return sorted(path.glob(f"*/{DATABASE}"))


def chosen(found: list[Place], path: Path, entry: catalogue.Entry) -> Place | None:
    """The only database, or the one whose folder has the name that LSUN gives it."""
    if len(found) < 2:
        return found[0] if found else None
    published = entry.files[0].removesuffix(".zip")
    for place in found:
        if place.parent.name == published:
            return place
    folders = ", ".join(place.parent.name for place in found)
    raise UserError(
        f"{path} has {len(found)} databases ({folders}) and none is {published}: name "
        "the folder of one"
    )


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The images in the order of their keys, or of their paths; they have no labels."""
    file = raw / DATABASE
    if not file.is_file():
        return raw_items.Source(*image_files.opened(raw, entry))
    try:
        keys = lmdb_store.keys(file)
    except UserError as error:
        raise UserError(f"{error}, after removing {raw.parent}") from error
    return raw_items.Source(keys, lmdb_store.DatabaseStore(file, keys))
