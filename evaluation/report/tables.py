"""A comparison as a table: on a page, in a terminal, as CSV, as Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from evaluation import markdown
from evaluation.measure import comparison
from evaluation.report import content

ABSENT = "–"  # noqa: RUF001 - a dash: no number
NOTE = (
    "mean ± sample standard deviation over the runs that have the number; best and "
    "median are over a run's measured checkpoints, last is the end of training; rows "
    "keep the order in which they were named"
)


def titled(
    comparisons: Sequence[comparison.Comparison], name: str
) -> list[content.Table]:
    """Returns all tables, two for each group that can be compared."""
    tables = []
    for number, group in enumerate(comparisons, start=1):
        title = name if len(comparisons) == 1 else f"{name}, group {number}"
        tables.append(first(group, title))
        tables.append(second(group, f"{title}, more of the last checkpoint"))
    return tables


def first(group: comparison.Comparison, title: str) -> content.Table:
    """Returns FID, KID, what it took, and what befell the runs."""
    heads = ["", *(c.head for c in group.columns), "runs", *comparison.MARKS.values()]
    rows = [[*cells(row, group.columns), *shares(row)] for row in group.rows]
    return content.Table(title, heads, rows, [*group.notes, NOTE])


def second(group: comparison.Comparison, title: str) -> content.Table:
    """Returns the other metrics."""
    heads = ["", *(c.head for c in group.further)]
    return content.Table(title, heads, [cells(r, group.further) for r in group.rows])


def cells(row: comparison.Row, columns: Sequence[comparison.Column]) -> list[str]:
    """Returns the row's name, then its cells."""
    texts = [row.name]
    for column in columns:
        cell = row.cells[column.key]
        texts.append(cell.text(column.form, row.runs) if cell else ABSENT)
    return texts


def shares(row: comparison.Row) -> list[str]:
    """Returns how many runs reached their end, and how many were marked, of all."""
    if not row.runs:
        return [ABSENT] * (1 + len(comparison.MARKS))
    marked = [f"{row.marked[kind]}/{row.runs}" for kind in comparison.MARKS]
    return [f"{row.ended}/{row.runs}", *marked]


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
