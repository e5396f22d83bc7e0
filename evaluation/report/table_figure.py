"""Tables as a figure, in PNG or PDF."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

import matplotlib.axes
import matplotlib.figure
from matplotlib.transforms import Bbox

from evaluation.report import content

LETTER_INCHES, ROW_INCHES, NOTE_INCHES = 0.085, 0.27, 0.16
SPACE = 3  # letters between columns
HEAD_LETTERS = 14  # in a line of a head
SHORTEST = 60  # letters in a line of a note


def encoded(tables: Sequence[content.Table], kind: str) -> bytes:
    """Returns tables one below the other, each with its title and its first note."""
    heights = [height(table) for table in tables]
    widths = [sum(column_letters(table)) * LETTER_INCHES for table in tables]
    figure = matplotlib.figure.Figure((max(widths), sum(heights)), dpi=200)
    grid = figure.add_gridspec(
        len(tables), height_ratios=heights, left=0, right=1, top=1, bottom=0, hspace=0
    )
    for place, table in enumerate(tables):
        axes = figure.add_subplot(grid[place])
        axes.set_axis_off()
        draw(axes, table, widths[place] / max(widths), heights[place])

    file = io.BytesIO()
    metadata = {"CreationDate": None} if kind == "pdf" else None
    figure.savefig(
        file, format=kind, metadata=metadata, bbox_inches="tight", pad_inches=0.1
    )
    return file.getvalue()


def draw(
    axes: matplotlib.axes.Axes, table: content.Table, width: float, inches: float
) -> None:
    """Draws a table between its title and its first note; `width` is a share of all."""
    heads = heads_of(table)
    letters = column_letters(table)
    above, below = ROW_INCHES / inches, NOTE_INCHES * (note_lines(table) + 1) / inches
    drawn = axes.table(
        cellText=[heads, *(list(row) for row in table.rows)],
        colWidths=[width * own / sum(letters) for own in letters],
        cellLoc="right",
        edges="horizontal",
        bbox=Bbox.from_bounds(0, below, width, 1 - above - below),
    )
    drawn.auto_set_font_size(False)

    lines = head_lines(table)
    total = lines + len(table.rows)
    for (row, column), cell in drawn.get_celld().items():
        cell.set_height((lines if row == 0 else 1) / total)
        cell.set_edgecolor("black" if row == 0 else "0.8")
        cell.visible_edges = "B"
        cell.PAD = 0
        cell.set_text_props(
            fontsize=9,
            parse_math=False,
            ha="left" if column == 0 else "right",
            weight="bold" if row == 0 else "normal",
        )
    axes.text(
        0,
        1 - above / 2,
        table.title,
        weight="bold",
        fontsize=10,
        va="center",
        parse_math=False,
    )
    axes.text(
        0, below * 0.9, note(table), fontsize=7, va="top", color="0.3", parse_math=False
    )


def heads_of(table: content.Table) -> list[str]:
    """Returns the heads, in lines."""
    return [textwrap.fill(head, HEAD_LETTERS) for head in table.heads]


def head_lines(table: content.Table) -> int:
    """Returns how many lines the highest head has."""
    return max(1 + head.count("\n") for head in heads_of(table))


def column_letters(table: content.Table) -> list[int]:
    """Returns how many letters wide each column is."""
    columns = zip(heads_of(table), *table.rows, strict=True)
    return [
        SPACE + max(len(line) for cell in cells for line in cell.split("\n"))
        for cells in columns
    ]


def note(table: content.Table) -> str:
    """Returns what the numbers are made of, in lines as long as the table."""
    letters = max(SHORTEST, round(1.4 * sum(column_letters(table))))
    return textwrap.fill(table.notes[0], letters) if table.notes else ""


def note_lines(table: content.Table) -> int:
    """Returns how many lines the note has."""
    return note(table).count("\n") + 1


def height(table: content.Table) -> float:
    """Returns the inches that a table takes with its title and its note."""
    rows = 1 + head_lines(table) + len(table.rows)
    return ROW_INCHES * rows + NOTE_INCHES * (note_lines(table) + 1)
