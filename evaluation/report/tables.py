"""A comparison as a table: on a page, in a terminal, as CSV, as Markdown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation import markdown
from evaluation.measure import comparison
from evaluation.measure.table_columns import Column
from evaluation.report import content

MOST_COLUMNS = 7  # with the rows' names; more do not fit a page
ABSENT = "–"  # noqa: RUF001 - a dash: no number
NOTE = (
    "mean ± sample standard deviation over the runs that have the number; best and "
    "median are over a run's measured checkpoints, last is the end of training, and of "
    "a row that is so far at a step its newest one; rows keep the order in which they "
    "were named"
)


def titled(
    comparisons: Sequence[comparison.Comparison], name: str
) -> list[content.Table]:
    """Returns all tables; a group that can be compared has one, and folded ones."""
    tables = []
    for number, group in enumerate(comparisons, start=1):
        title = name if len(comparisons) == 1 else f"{name}, group {number}"
        tables.append(first(group, title))
        tables.extend(others(group, f"{title}, more numbers"))
    return tables


def first(group: comparison.Comparison, title: str) -> content.Table:
    """Returns what runs are compared by, and how many have reached their end."""
    columns = {**number_columns(group, group.columns), "runs": ends(group)}
    return table(group, title, columns)._replace(notes=[*group.notes, NOTE])


def others(group: comparison.Comparison, title: str) -> list[content.Table]:
    """Returns all else, in tables of MOST_COLUMNS at most and about the same size."""
    columns = {**number_columns(group, group.further), **marks(group)}
    heads = list(columns)
    count = math.ceil(len(heads) / (MOST_COLUMNS - 1))
    size = math.ceil(len(heads) / count)
    parts = [heads[start : start + size] for start in range(0, len(heads), size)]
    return [
        table(group, title, {head: columns[head] for head in part})._replace(
            is_folded=True
        )
        for part in parts
    ]


def table(
    group: comparison.Comparison, title: str, columns: Mapping[str, Sequence[str]]
) -> content.Table:
    """Returns columns of cells beside the rows' names."""
    names = [f"{r.name} ({r.progress})" if r.progress else r.name for r in group.rows]
    rows = list(zip(names, *columns.values(), strict=True))
    return content.Table(title, ["", *columns], rows)


def number_columns(
    group: comparison.Comparison, columns: Sequence[Column]
) -> dict[str, list[str]]:
    """Returns the cells of numbers by their heads."""
    return {c.head: [cell(row, c) for row in group.rows] for c in columns}


def cell(row: comparison.Row, column: Column) -> str:
    """Returns a number of a row, so far, or a dash."""
    number = row.so_far[column.key]
    return number.text(column.form, row.runs) if number else ABSENT


def ends(group: comparison.Comparison) -> list[str]:
    """Returns how many runs of each row have reached their end."""
    return [f"{row.ended}/{row.runs}" if row.runs else ABSENT for row in group.rows]


def marks(group: comparison.Comparison) -> dict[str, list[str]]:
    """Returns by kind how many runs of each row were marked."""
    return {
        head: [
            f"{row.marked[kind]}/{row.runs}" if row.runs else ABSENT
            for row in group.rows
        ]
        for kind, head in comparison.MARKS.items()
    }


def as_csv(comparisons: Sequence[comparison.Comparison]) -> str:
    """Returns all tables with full precision, a row for each entry.

    Absent numbers are empty. `table` tells tables apart: rows of different ones are not
    to be compared.
    """
    every = [c for group in comparisons for c in (*group.columns, *group.further)]
    keys = list(dict.fromkeys(column.key for column in every))
    heads = [
        "table",
        "name",
        *(f"{key}_{part}" for key in keys for part in ("mean", "spread")),
        "runs",
        "ended",
        *(kind.replace(" ", "_") for kind in comparison.MARKS),
    ]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    for number, group in enumerate(comparisons, start=1):
        for row in group.rows:
            values: list[Any] = []
            for key in keys:
                cell = row.cells.get(key)
                values += [cell.mean, cell.spread] if cell else [None, None]
            marked = [row.marked.get(kind) for kind in comparison.MARKS]
            writer.writerow([number, row.name, *values, row.runs, row.ended, *marked])
    return file.getvalue()


def as_markdown(table: content.Table) -> str:
    """Returns a table for a README."""
    lines = markdown.table(table.heads, table.rows, numeric=True)
    return "\n".join([lines, "", *map(markdown.escape, table.notes)]) + "\n"


def as_text(table: content.Table) -> str:
    """Returns a table for a terminal: a row per number, a column per entry."""
    turned = list(zip(table.heads, *table.rows, strict=True))
    widths = [max(map(len, column)) for column in zip(*turned, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in turned
    ]
    return "\n".join([*lines, *table.notes])
