"""Labels in a table beside the images: csv with a header, or json.

A row has the name of an image's file and its label, or several attributes of 0 or 1, or
of -1 or 1. NVIDIA's dataset.json is such a table: {"labels": [[name, label], ...]}.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from common.errors import UserError
from datasets.sources import layout

SUFFIXES = (".csv", ".tsv", ".txt", ".json")
LABEL = "label"  # the column of a table without a header
BINARY = ({"0", "1"}, {"-1", "1"}, {"True", "False"})
TRUE = {"1", "True"}


@dataclass(frozen=True)
class Table:
    """A table of texts: names of columns, and rows of as many values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Labels:
    """What a table says of each image."""

    classes: tuple[str, ...] = ()
    labels: np.ndarray | None = None  # int64 [count]
    attribute_names: tuple[str, ...] = ()
    attributes: np.ndarray | None = None  # uint8 [count, names]
    notes: tuple[str, ...] = ()


def read(content: bytes, file: str, keys: Sequence[str]) -> Labels:
    """Returns the labels or attributes of images, by their paths.

    Raises:
        UserError: it is no such table, or lacks an image.
    """
    try:
        text = content.decode("utf-8-sig")
        table = from_json(text) if file.endswith(".json") else from_csv(text)
    except (ValueError, RecursionError, csv.Error) as error:
        raise UserError(
            f"{file} is no table of labels ({error}): give a csv with a header or a "
            "json, of file name and label or file name and attributes of 0 or 1"
        ) from error
    if table is None:
        return Labels(notes=(f"no labels: {file} has none",))

    names, columns, values = split_columns(table, file, keys)
    order = match(names, keys, file)
    values = [[column[i] for i in order] for column in values]
    notes = []
    if len(names) > len(set(order)):
        notes.append(f"{len(names) - len(set(order)):,} rows of {file} name no image")
    return interpreted(columns, values, file, tuple(notes))


def from_csv(text: str) -> Table:
    """Returns a table of values separated by commas, semicolons or tabs."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise ValueError("it has no header and rows of two values or more")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"row {number:,} has {len(row)} values, not {len(rows[0])}"
            )

    columns, *content = ([value.strip() for value in row] for row in rows)
    kept = [i for i, name in enumerate(columns) if name]  # not the index of pandas
    return Table(
        tuple(columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in content),
    )


def from_json(text: str) -> Table | None:
    """Returns the table of a json, in any of its usual forms; None if labels are null.

    They are {name: label}, {name: {attribute: value}}, [[name, label], ...] and
    [{column: value}, ...], each perhaps as the value of "labels".
    """
    content = json.loads(text)
    if isinstance(content, dict) and set(content) == {"labels"}:
        content = content["labels"]
        if content is None:
            return None
    if isinstance(content, dict):
        content = [
            {"file": name, **value} if isinstance(value, dict) else [name, value]
            for name, value in content.items()
        ]
    if not isinstance(content, list) or not content:
        raise ValueError("it has no list or object of labels")

    columns = ("file", LABEL)
    if all(isinstance(row, dict) for row in content):
        columns = tuple(content[0])
        content = [[row.get(column) for column in columns] for row in content]
    for row in content:
        if not isinstance(row, list) or len(row) != len(columns):
            raise ValueError(f"{str(row)[:60]} is no row of {len(columns)} values")
        for value in row:
            if not isinstance(value, (str, int, float)):
                raise ValueError(f"{str(value)[:60]} is no text or number")
    return Table(columns, tuple(tuple(map(str, row)) for row in content))


def split_columns(
    table: Table, file: str, keys: Sequence[str]
) -> tuple[list[str], tuple[str, ...], list[list[str]]]:
    """Returns the names of files, and the names and values of the other columns.

    The column of file names is the one that names the most images.
    """
    known = {form(key) for form in FORMS for key in keys}
    hits = [
        sum(any(form(row[i]) in known for form in FORMS) for row in table.rows)
        for i in range(len(table.columns))
    ]
    at = int(np.argmax(hits))
    if not hits[at]:
        raise UserError(
            f"{file} has no column that names the images, such as {keys[0]}: give one "
            f"beside {', '.join(table.columns)}"
        )

    others = [i for i in range(len(table.columns)) if i != at]
    values = [[row[i] for row in table.rows] for i in others]
    columns = tuple(table.columns[i] for i in others)
    return [row[at] for row in table.rows], columns, values


def path_form(name: str) -> str:
    """Returns a whole path."""
    return layout.composed(name.replace("\\", "/").removeprefix("./"))


def file_form(name: str) -> str:
    """Returns the name of the file alone."""
    return path_form(name).rpartition("/")[2]


def stem_form(name: str) -> str:
    """Returns the name of the file alone, without its suffix."""
    return PurePosixPath(file_form(name)).stem


# Forms of names by which a row and an image may match, the strictest first.
FORMS: tuple[Callable[[str], str], ...] = (path_form, file_form, stem_form)


def match(names: Sequence[str], keys: Sequence[str], file: str) -> list[int]:
    """Returns the row of each image, by the strictest form of names that has them all.

    Raises:
        UserError: an image has no row, or two rows or images have one name.
    """
    missing: list[str] = []
    for form in FORMS:
        rows = {form(name): i for i, name in enumerate(names)}
        images = {form(key) for key in keys}
        missing = [key for key in keys if form(key) not in rows]
        if not missing and len(images) == len(keys) and len(rows) == len(names):
            return [rows[form(key)] for key in keys]

    problem = "two rows or images of one name"
    if missing:
        problem = f"no row for {len(missing):,} of the images, such as {missing[0]}"
    raise UserError(f"{file} has {problem}: mend the table, or remove these images")


def interpreted(
    columns: tuple[str, ...], values: list[list[str]], file: str, notes: tuple[str, ...]
) -> Labels:
    """Returns one column as labels, several as attributes."""
    if len(columns) == 1:
        if "" in values[0]:
            raise UserError(f"{file} has a row without a label: add it")
        classes = sorted(set(values[0]), key=by_number)
        index = {name: label for label, name in enumerate(classes)}
        labels = np.array([index[value] for value in values[0]], np.int64)
        return Labels(tuple(classes), labels, notes=notes)

    for name, column in zip(columns, values, strict=True):
        if not any(set(column) <= pair for pair in BINARY):
            raise UserError(
                f"{file}: column {name} has values like {column[0]!r}, which are no "
                "attribute of 0 or 1: keep the file name and one column of labels, or "
                "columns of 0 and 1 alone"
            )
    rows = np.array([[value in TRUE for value in column] for column in values])
    return Labels(
        attribute_names=columns, attributes=rows.T.astype(np.uint8), notes=notes
    )


def by_number(name: str) -> tuple[Any, ...]:
    """Returns a key by which texts that are whole numbers are sorted as these."""
    return (0, int(name), name) if name.lstrip("-").isdigit() else (1, 0, name)
