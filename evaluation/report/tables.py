"""A comparison as a reader sees it: on a page, in a terminal, as CSV, as Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from evaluation.measure import comparison
from evaluation.report import content

ABSENT = "–"  # noqa: RUF001 - a dash: no number


def titled(found: Sequence[comparison.Comparison], name: str) -> list[content.Table]:
    """All tables of a comparison, two for each group that can be compared."""
    tables = []
    for number, one in enumerate(found, start=1):
        title = name if len(found) == 1 else f"{name}, group {number}"
        tables.append(first(one, title))
        tables.append(second(one, f"{title}, more of the last checkpoint"))
    return tables


def first(found: comparison.Comparison, title: str) -> content.Table:
    """FID, KID, what it took, and what befell the runs."""
    heads = ["", *(c.head for c in found.columns), "runs", *comparison.MARKS.values()]
    rows = [[*cells(row, found.columns), *shares(row)] for row in found.rows]
    return content.Table(title, heads, rows, [*found.notes, NOTE])


def second(found: comparison.Comparison, title: str) -> content.Table:
    """The other metrics."""
    heads = ["", *(c.head for c in found.further)]
    return content.Table(title, heads, [cells(r, found.further) for r in found.rows])


def cells(row: comparison.Row, columns: Sequence[comparison.Column]) -> list[str]:
    """The row's name, then its cells."""
    found = [(row.cells[column.key], column.form) for column in columns]
    return [row.name, *(c.text(form, row.runs) if c else ABSENT for c, form in found)]


NOTE = (
    "mean ± sample standard deviation over the runs that have the number; best and "
    "median are over a run's measured checkpoints, last is the end of training; rows "
    "keep the order in which they were named"
)


def shares(row: comparison.Row) -> list[str]:
    """Runs that reached their end, and of all runs those that were marked."""
    if not row.runs:
        return [ABSENT] * (1 + len(comparison.MARKS))
    marked = [f"{row.marked[kind]}/{row.runs}" for kind in comparison.MARKS]
    return [f"{row.ended}/{row.runs}", *marked]


def as_csv(comparisons: Sequence[comparison.Comparison]) -> str:
    """All tables with full precision, one row for each entry; absent numbers are empty.

    `table` tells tables apart: rows of different ones are not to be compared.
    """
    every = [c for found in comparisons for c in (*found.columns, *found.further)]
    keys = list(dict.fromkeys(c.key for c in every))
    file = io.StringIO()
    names = [f"{key}_{part}" for key in keys for part in ("mean", "spread")]
    heads = [
        "table",
        "name",
        *names,
        "runs",
        "ended",
        *(k.replace(" ", "_") for k in comparison.MARKS),
    ]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    for number, found in enumerate(comparisons, start=1):
        for row in found.rows:
            values: list[Any] = []
            for key in keys:
                known = row.cells.get(key)
                values += [known.mean, known.spread] if known else [None, None]
            marked = [row.marked.get(kind) for kind in comparison.MARKS]
            writer.writerow([number, row.name, *values, row.runs, row.ended, *marked])
    return file.getvalue()


def as_markdown(found: content.Table) -> str:
    """For a README."""
    lines = ["| " + " | ".join(found.heads) + " |"]
    lines.append("|---" + "|---:" * (len(found.heads) - 1) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in found.rows]
    return "\n".join([*lines, "", *found.notes]) + "\n"


def as_text(found: content.Table) -> str:
    """For a terminal: a row for each number and a column for each entry."""
    turned = list(zip(found.heads, *found.rows, strict=True))
    widths = [max(map(len, column)) for column in zip(*turned, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in turned
    ]
    return "\n".join([*lines, *found.notes])
