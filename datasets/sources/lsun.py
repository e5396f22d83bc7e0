"""LSUN's categories: each is an LMDB of WebP images, or a folder of images."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar

from common.errors import UserError
from datasets import catalogue
from datasets.archives import zip_archives
from datasets.sources import image_files, lmdb_store, raw_items, selection

DATABASE = "data.mdb"

AnyPath = TypeVar("AnyPath", bound=PurePath)


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, image_files.File | zipfile.Path]]:
    """Yields the database, from a folder or the published zip, or else images."""
    archive = path / entry.files[0]
    path = archive if archive.is_file() else path
    if path.is_dir() or path.name == DATABASE:
        if file := choose(databases(path), path, entry):
            lmdb_store.keys(file)
            yield DATABASE, file
            return
    else:
        members = zip_archives.members(path, entry.name)
        candidates = {
            PurePosixPath(name): member.filename
            for name, member in members
            if PurePosixPath(name).name == DATABASE
        }
        if choice := choose(list(candidates), path, entry):
            with zipfile.ZipFile(path) as zipped:
                yield DATABASE, zipfile.Path(zipped, candidates[choice])
            return

    yield from image_files.find(path, entry, left)


def databases(path: Path) -> list[Path]:
    """Returns a path that is a database, the one in it, or those one level below."""
    if path.is_file():
        return [path]
    if (path / DATABASE).is_file():
        return [path / DATABASE]
    return sorted(path.glob(f"*/{DATABASE}"))


def choose(
    candidates: list[AnyPath], path: Path, entry: catalogue.Entry
) -> AnyPath | None:
    """Returns the only database, or the one in the folder that LSUN publishes.

    Raises:
        UserError: there are several, none of them in that folder.
    """
    if len(candidates) < 2:
        return candidates[0] if candidates else None

    published = entry.files[0].removesuffix(".zip")
    for database in candidates:
        if database.parent.name == published:
            return database

    folders = ", ".join(database.parent.name for database in candidates)
    raise UserError(
        f"{path} has {len(candidates)} databases ({folders}) and none is {published}: "
        "name the folder of one"
    )


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the images in the order of their keys or paths, without labels."""
    file = raw / DATABASE
    if not file.is_file():
        return image_files.open_images(raw, entry)
    try:
        keys = lmdb_store.keys(file)
    except UserError as error:
        raise UserError(f"{error}, after removing {raw.parent}") from error
    return raw_items.RawItems(keys, lmdb_store.DatabaseStore(file, keys))
