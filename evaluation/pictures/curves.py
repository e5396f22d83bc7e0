"""curves.png: training curves from the lines of metrics.jsonl."""

import io
import math
import re
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.axes
import matplotlib.figure

from evaluation.pictures import line_plots

SIDE_WORDS = {"d", "g", "real", "fake"}  # d_loss and g_loss share a panel: "loss"
CLOCKS = re.compile(r"step|epoch|time|data_wait|.*(_per_(s|sec|second)|seconds)")
PANEL_INCHES = (5.6, 2.9)  # inches
CAUSE_WIDTH = 46  # letters in a line along the height of a panel


def png(runs: Mapping[str, Sequence[dict]]) -> bytes | None:
    """Returns a PNG of each run's metrics by name; None when there is nothing to draw.

    One run: a panel per group of scalars. Several: a panel per scalar, a curve per run.
    """
    curves = compared(runs) if len(runs) > 1 else grouped(*runs.values())
    if not curves:
        return None

    marks = [mark for name in runs for mark in marks_of(name, runs)]
    panels = [line_plots.Panel(title, own, marks) for title, own in curves.items()]
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = matplotlib.figure.Figure(
        figsize=(PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows),
        dpi=110,
        layout="constrained",
    )

    for position, panel in enumerate(panels, start=1):
        # Runs come back in other panels; a scalar of one run is in one panel alone.
        looks = line_plots.looks(panels if len(runs) > 1 else [panel])
        draw(figure.add_subplot(rows, columns, position), panel, looks)

    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def grouped(lines: Sequence[dict]) -> dict[str, list[line_plots.Curve]]:
    """Returns the scalars of one run by group."""
    panels: dict[str, list[line_plots.Curve]] = {}
    for scalar in scalars(lines):
        panels.setdefault(group(scalar), []).append(curve(lines, scalar, scalar))
    return panels


def compared(
    runs: Mapping[str, Sequence[dict]],
) -> dict[str, list[line_plots.Curve]]:
    """Returns, by scalar, a curve of every run that has it."""
    panels: dict[str, list[line_plots.Curve]] = {}
    for name, lines in runs.items():
        for scalar in scalars(lines):
            panels.setdefault(scalar, []).append(curve(lines, scalar, name))
    return panels


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


def group(scalar: str) -> str:
    """Returns what a scalar is about, whichever side it is of: `d_loss` -> `loss`."""
    words = re.split(r"[_/]", scalar)
    return "_".join(word for word in words if word not in SIDE_WORDS) or words[0]


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


def draw(
    axes: matplotlib.axes.Axes,
    panel: line_plots.Panel,
    looks: Mapping[str, line_plots.Look],
) -> None:
    """Draws a panel with its title, its legend and the texts of its marks."""
    note = line_plots.draw(axes, panel, looks)
    axes.set_title(panel.title + note, loc="left", fontsize=10)
    if [curve.label for curve in panel.curves] != [panel.title]:
        legend = axes.legend(fontsize=8, frameon=False, handlelength=3)
        for text in legend.get_texts():
            text.set_parse_math(False)  # a run's name may have dollars
    for mark in panel.marks:
        annotate(axes, mark)


def annotate(axes: matplotlib.axes.Axes, mark: line_plots.Mark) -> None:
    """Writes a mark's text along its line, on the side that has more room."""
    left, right = axes.get_xlim()
    side = 1 if mark.step - left < right - mark.step else -1
    axes.annotate(
        textwrap.fill(mark.cause, CAUSE_WIDTH),
        (mark.step, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(2 * side, 0),
        textcoords="offset points",
        rotation=90,
        ha="left" if side > 0 else "right",
        va="bottom",
        fontsize=6,
        color=line_plots.MARK_COLOUR,
        parse_math=False,
    )
