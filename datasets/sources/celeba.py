"""CelebA's aligned faces, with their forty attributes and split where these are there.

The authors' tree has Img, Anno and Eval; Kaggle's archive has lists as csv.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from common.errors import UserError
from datasets import catalogue, splits
from datasets.archives import tar_archives, web_pages, zip_archives
from datasets.sources import image_files, label_tables, raw_items, selection

FACES_ZIP = "img_align_celeba.zip"
ATTRIBUTES = "list_attr_celeba.txt"
PARTITION = "list_eval_partition.txt"
LISTS = [str(Path(name).with_suffix(end)) for name in (ATTRIBUTES, PARTITION)
         for end in (".txt", ".csv")]  # fmt: skip
PARTS = {"0": "train", "1": "val", "2": "test"}  # by their numbers in the partition
REMEDY = "get it again, or remove it to do without"

File = image_files.File | zipfile.Path


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, File]]:
    """Yields the zip or the unpacked images, and the lists that are there."""
    images = next(
        (zip for zip in (path / FACES_ZIP, path / "Img" / FACES_ZIP) if zip.is_file()),
        path / "Img" if (path / "Img").is_dir() else path,
    )
    if images.is_file() and not tar_archives.is_tar(images):
        yield from find_zip(images, entry, left)
    else:
        yield from image_files.find(images, entry, left)

    for file in lists_around(path):
        read_list(file)
        yield file.name, file


def find_zip(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, File]]:
    """Yields a zip of the images, which may lie within it, and the lists in it."""
    by_name = {
        PurePosixPath(name).name: member.filename
        for name, member in zip_archives.members(path, entry.name)
        if PurePosixPath(name).name in (*LISTS, FACES_ZIP)
    }
    with zipfile.ZipFile(path) if by_name else path.open("rb") as archive:
        for name in LISTS:
            if name in by_name:
                yield name, zipfile.Path(archive, by_name[name])
        if FACES_ZIP in by_name:
            yield f"{entry.folder}.zip", zipfile.Path(archive, by_name[FACES_ZIP])
            return
    yield from image_files.find(path, entry, left)


def lists_around(path: Path) -> list[Path]:
    """Returns the lists beside or above the images, each once; csv counts less."""
    homes = [path, path.parent]
    if "Img" in (path.name, path.parent.name):
        homes.append(path.parent.parent)
    folders = [home / name for home in homes for name in ("", "Anno", "Eval")]
    files = [folder / name for name in LISTS for folder in folders]
    by_stem: dict[str, Path] = {}
    for file in files:
        if file.is_file():
            by_stem.setdefault(file.stem, file)
    return list(by_stem.values())


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the faces in the order of their numbers."""
    items = image_files.open_images(raw, entry)
    for file in lists_around(raw / "images"):
        names, table = read_list(file)
        rows = rows_of(items.keys, table, file)
        if file.stem == Path(PARTITION).stem:
            parts = [PARTS[value] for (value,) in rows]
            items = replace(items, parts=splits.positions(parts))
        else:
            values = np.array(rows) == "1"
            items = replace(
                items, attributes=values.astype(np.uint8), attribute_names=names
            )
    return items


def read_list(file: Path) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Returns the names of a list's columns, and the values of each file's stem.

    Raises:
        UserError: the file is not CelebA's list, or not the whole of it.
    """
    if web_pages.is_html(file):
        raise web_pages.html_error(file, "celeba")

    allowed = set(PARTS) if file.stem == Path(PARTITION).stem else {"-1", "1"}
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        names, rows = from_csv(text) if file.suffix == ".csv" else from_text(text)
        if not rows or {value for row in rows for value in row[1:]} - allowed:
            raise ValueError(f"values are not {' or '.join(sorted(allowed))}")
    except (ValueError, IndexError) as error:
        raise UserError(f"{file} is not CelebA's list ({error}): {REMEDY}") from error
    return names, {Path(name).stem: tuple(values) for name, *values in rows}


def from_csv(text: str) -> tuple[tuple[str, ...], list[Sequence[str]]]:
    """Returns the columns and rows of Kaggle's form."""
    table = label_tables.from_csv(text)
    return table.columns[1:], list(table.rows)


def from_text(text: str) -> tuple[tuple[str, ...], list[Sequence[str]]]:
    """Returns the columns and rows of the authors' form: a count, names, then rows.

    The partition has rows alone.
    """
    lines = text.splitlines()
    names: tuple[str, ...] = ("partition",)
    promised = None
    if len(lines[0].split()) == 1:
        promised = int(lines[0])
        names = tuple(lines[1].split())
        lines = lines[2:]

    rows: list[Sequence[str]] = [line.split() for line in lines]
    lengths = {len(row) - 1 for row in rows}
    if lengths != {len(names)} or promised not in (None, len(rows)):
        raise ValueError(
            f"{len(rows):,} rows where it promises {promised or 0:,} of {len(names)} "
            "values"
        )
    return names, rows


def rows_of(
    keys: Sequence[str], table: dict[str, tuple[str, ...]], file: Path
) -> list[tuple[str, ...]]:
    """Returns the values of each image, whatever its suffix."""
    try:
        return [table[PurePosixPath(key).stem] for key in keys]
    except KeyError as error:
        raise UserError(f"{file} has no row for {error.args[0]}: {REMEDY}") from error
