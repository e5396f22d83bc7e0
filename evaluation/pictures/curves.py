"""Panels of training curves from metrics.jsonl, and curves.png of any panels."""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Literal

import matplotlib.axes
import matplotlib.figure
from matplotlib.lines import Line2D

from evaluation.pictures import line_plots, scalar_words

Place = Literal["outside upper left", "outside lower left"]
CLOCKS = re.compile(r"step|epoch|time|data_wait|.*(_per_(s|sec|second)|seconds)")
PANEL_INCHES = (5.6, 2.9)
ROW_INCHES = 0.2  # of a legend
LETTER_INCHES, KEY_INCHES = 0.08, 0.75  # of a label, and of the line beside it
MARK_LETTERS = 80  # of a mark's text for each column of panels


def png(runs: Mapping[str, Sequence[dict]]) -> bytes | None:
    """Returns a PNG of each run's metrics by name; None when there is nothing to draw.

    One run: a panel per group of scalars. Several: a panel per scalar, a curve per run.
    """
    own = panels(runs)
    return encoded(own, "png", labels(runs)) if own else None


def panels(runs: Mapping[str, Sequence[dict]]) -> list[line_plots.Panel]:
    """Returns what runs have logged, with their marks."""
    marks = [mark for name in runs for mark in marks_of(name, runs)]
    drawn = compared(runs) if len(runs) > 1 else grouped(*runs.values())
    return [panel._replace(marks=marks) for panel in drawn]


def labels(runs: Mapping[str, Sequence[dict]]) -> Sequence[str]:
    """Returns the first labels of the panels' legend: what keeps its look."""
    return list(runs) if len(runs) > 1 else scalar_words.SIDES


def grouped(lines: Sequence[dict]) -> list[line_plots.Panel]:
    """Returns the scalars of one run by what they are about."""
    groups: dict[str, list[str]] = {}
    for scalar in scalars(lines):
        groups.setdefault(scalar_words.words_of(scalar).panel, []).append(scalar)
    return [group_panel(lines, title, own) for title, own in groups.items()]


def group_panel(
    lines: Sequence[dict], title: str, names: Sequence[str]
) -> line_plots.Panel:
    """Returns a panel of scalars about one thing, which its title names."""
    words = [scalar_words.words_of(name) for name in names]
    own = [word.curve or title for word in words]
    if len(words) > 1:
        title = f"{title}: {', '.join(own)}"
    else:
        title = words[0].title
        own = [title]
    curves = [curve(lines, *pair) for pair in zip(names, own, strict=True)]
    return line_plots.Panel(title, curves, is_share=words[0].is_share)


def compared(runs: Mapping[str, Sequence[dict]]) -> list[line_plots.Panel]:
    """Returns a panel of each scalar, with a curve of every run that has it."""
    by_scalar: dict[str, list[line_plots.Curve]] = {}
    for name, lines in runs.items():
        for scalar in scalars(lines):
            by_scalar.setdefault(scalar, []).append(curve(lines, scalar, name))
    titled = {name: scalar_words.words_of(name) for name in by_scalar}
    return [
        line_plots.Panel(titled[name].title, own, is_share=titled[name].is_share)
        for name, own in by_scalar.items()
    ]


def scalars(lines: Sequence[dict]) -> list[str]:
    """Returns the names that have a finite number in some line, in order of arrival.

    Clocks are left out.
    """
    logs = [line for line in lines if "mark" not in line]
    names = {name: None for line in logs for name in line if is_number(line[name])}
    return [name for name in names if not CLOCKS.fullmatch(name)]


def is_number(value: object) -> bool:
    """Returns whether a value can be plotted: NaN, inf, text and booleans cannot."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def curve(lines: Sequence[dict], scalar: str, label: str) -> line_plots.Curve:
    """Returns one scalar; where a step was logged twice, the later line counts."""
    by_step = {
        line["step"]: line[scalar] for line in lines if is_number(line.get(scalar))
    }
    steps = sorted(by_step)
    values = [by_step[step] for step in steps]
    return line_plots.Curve(label, steps, values, values, values)


def marks_of(name: str, runs: Mapping[str, Sequence[dict]]) -> list[line_plots.Mark]:
    """Returns the marks of one run, at the first step that they are about."""
    of = f"{name}: " if len(runs) > 1 else ""
    return [
        line_plots.Mark(line["since"], f"{of}{line['mark']}: {line['cause']}")
        for line in runs[name]
        if "mark" in line
    ]


def encoded(
    panels: Sequence[line_plots.Panel], kind: str, labels: Sequence[str] = ()
) -> bytes:
    """Returns panels as a PNG or a PDF, under one legend and above their marks.

    Args:
        panels: at least one.
        kind: `png` or `pdf`.
        labels: those that come first in the legend, in their order.
    """
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    width, height = PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows
    looks = line_plots.looks(panels, labels)
    keys = curve_keys(line_plots.legend(panels, labels), looks)
    marks = mark_keys(panels, columns)

    per_row = columns_of(keys, width)
    lines = math.ceil(len(keys) / per_row)
    lines += sum(1 + str(mark.get_label()).count("\n") for mark in marks)
    figure = matplotlib.figure.Figure(
        figsize=(width, height + ROW_INCHES * lines), dpi=110, layout="constrained"
    )
    for position, panel in enumerate(panels, start=1):
        draw(figure.add_subplot(rows, columns, position), panel, looks)
    add_legend(figure, keys, "outside upper left", per_row)
    add_legend(figure, marks, "outside lower left", 1)

    file = io.BytesIO()
    metadata = {"CreationDate": None} if kind == "pdf" else None
    figure.savefig(file, format=kind, metadata=metadata)
    return file.getvalue()


def draw(
    axes: matplotlib.axes.Axes,
    panel: line_plots.Panel,
    looks: Mapping[str, line_plots.Look],
) -> None:
    """Draws a panel under its title."""
    note = line_plots.draw(axes, panel, looks)
    axes.set_title(panel.title + note, loc="left", fontsize=10, parse_math=False)


def curve_keys(
    labels: Sequence[str], looks: Mapping[str, line_plots.Look]
) -> list[Line2D]:
    """Returns the legend's lines."""
    return [Line2D([], [], label=x, **line_plots.style(looks[x])) for x in labels]


def mark_keys(panels: Sequence[line_plots.Panel], columns: int) -> list[Line2D]:
    """Returns a wedge for each mark, with its text, once."""
    texts = dict.fromkeys(
        f"step {mark.step:,}: {mark.cause}" for panel in panels for mark in panel.marks
    )
    return [
        Line2D([], [], label=textwrap.fill(text, MARK_LETTERS * columns), **WEDGE)
        for text in texts
    ]


WEDGE: Mapping = {
    "color": line_plots.MARK_COLOUR,
    "marker": "v",
    "markersize": 6,
    "linestyle": "none",
}


def columns_of(keys: Sequence[Line2D], width: float) -> int:
    """Returns how many of a legend's labels stand side by side in so many inches."""
    longest = max((len(str(key.get_label())) for key in keys), default=0)
    return max(1, math.floor(width / (KEY_INCHES + LETTER_INCHES * longest)))


def add_legend(
    figure: matplotlib.figure.Figure, keys: Sequence[Line2D], place: Place, columns: int
) -> None:
    """Adds a legend of keys outside the panels, if there are any."""
    if not keys:
        return
    legend = figure.legend(
        handles=keys,
        loc=place,
        ncols=min(columns, len(keys)),
        fontsize=9,
        frameon=False,
        handlelength=3,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a run's name may have dollars
