"""Training curves from the lines of metrics.jsonl."""

import io
import math
import re
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.axes
import matplotlib.figure
import matplotlib.ticker
import numpy as np

POINTS = 300  # per curve: a panel is about 600 pixels wide
SIDES = {"d", "g", "real", "fake"}  # d_loss and g_loss share a panel: "loss"
CLOCKS = re.compile(r"step|epoch|time|data_wait|.*(_per_(s|sec|second)|seconds)")
PANEL = (5.6, 2.9)  # inches
WIDE = 1000  # positive curves spanning more than this factor get a log axis
CAUSE = 46  # letters in a line along the height of a panel
MARKED = "crimson"
SPIKY = 5  # curves spanning this many times their central 98 % are cut to it


class Curve(NamedTuple):
    """One scalar of one run: `steps` ascending, `values` finite."""

    label: str
    steps: np.ndarray
    values: np.ndarray


class Mark(NamedTuple):
    """What befell a run at a step, in words."""

    step: int
    text: str


def png(runs: dict[str, Sequence[dict]]) -> bytes | None:
    """Draws each run's metrics by name; None when there is nothing to draw.

    One run: a panel per group of scalars. Several: a panel per scalar, a curve per run.
    """
    panels = compared(runs) if len(runs) > 1 else grouped(*runs.values())
    if not panels:
        return None
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    marked = [mark for name in runs for mark in marks(name, runs)]
    figure = matplotlib.figure.Figure(
        figsize=(PANEL[0] * columns, PANEL[1] * rows), dpi=110, layout="constrained"
    )
    for position, (title, drawn) in enumerate(panels.items(), start=1):
        draw(figure.add_subplot(rows, columns, position), title, drawn, marked)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def grouped(lines: Sequence[dict]) -> dict[str, list[Curve]]:
    """The scalars of one run by group."""
    panels: dict[str, list[Curve]] = {}
    for scalar in scalars(lines):
        panels.setdefault(group(scalar), []).append(curve(lines, scalar, scalar))
    return panels


def compared(runs: dict[str, Sequence[dict]]) -> dict[str, list[Curve]]:
    """Each scalar of any run, with a curve for every run that has it."""
    panels: dict[str, list[Curve]] = {}
    for name, lines in runs.items():
        for scalar in scalars(lines):
            panels.setdefault(scalar, []).append(curve(lines, scalar, name))
    return panels


def scalars(lines: Sequence[dict]) -> list[str]:
    """Names with a finite number in some line, without clocks, in order of arrival."""
    logs = [line for line in lines if "mark" not in line]
    names = {name: None for line in logs for name in line if is_number(line[name])}
    return [name for name in names if not CLOCKS.fullmatch(name)]


def is_number(value: object) -> bool:
    """Whether there is something to plot: NaN, inf, text and booleans are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def group(scalar: str) -> str:
    """What a scalar is about, whichever side it is of: `d_loss_real` -> `loss`."""
    words = re.split(r"[_/]", scalar)
    return "_".join(word for word in words if word not in SIDES) or words[0]


def curve(lines: Sequence[dict], scalar: str, label: str) -> Curve:
    """One scalar; where a step was logged twice, the later line counts."""
    values = {
        line["step"]: line[scalar] for line in lines if is_number(line.get(scalar))
    }
    steps = sorted(values)
    return Curve(label, np.array(steps), np.array([values[step] for step in steps]))


def thinned(drawn: Curve) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """At most POINTS of (step, mean, lowest, highest), each over as many values."""
    size = math.ceil(len(drawn.steps) / POINTS)
    starts = np.arange(0, len(drawn.steps), size)
    counts = np.diff(np.append(starts, len(drawn.steps)))
    return (
        np.add.reduceat(drawn.steps, starts) / counts,
        np.add.reduceat(drawn.values, starts) / counts,
        np.minimum.reduceat(drawn.values, starts),
        np.maximum.reduceat(drawn.values, starts),
    )


def marks(name: str, runs: dict[str, Sequence[dict]]) -> list[Mark]:
    """The marks of one run, at the first step that they are about."""
    of = f"{name}: " if len(runs) > 1 else ""
    return [
        Mark(line["since"], f"{of}{line['mark']}: {line['cause']}")
        for line in runs[name]
        if "mark" in line
    ]


def draw(
    axes: matplotlib.axes.Axes,
    title: str,
    curves: Sequence[Curve],
    marks: Sequence[Mark] = (),
) -> None:
    """One panel: means as lines, over bands from the lowest to the highest value."""
    means = []
    for drawn in curves:
        steps, mean, low, high = thinned(drawn)
        marker = "o" if len(steps) < 3 else None  # a line of one point is invisible
        (line,) = axes.plot(
            steps, mean, label=drawn.label, linewidth=1.2, marker=marker
        )
        axes.fill_between(steps, low, high, color=line.get_color(), alpha=0.2, lw=0)
        means.append(mean)
    for mark in marks:
        draw_mark(axes, mark)
    note = scale(axes, np.concatenate(means))
    axes.set_title(title + note, loc="left", fontsize=10)
    axes.set_xlabel("step", fontsize=8)
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if [drawn.label for drawn in curves] != [title]:
        axes.legend(fontsize=8, frameon=False)


def draw_mark(axes: matplotlib.axes.Axes, mark: Mark) -> None:
    """A vertical line with its text along it, on the side that has more room."""
    axes.axvline(mark.step, color=MARKED, linewidth=1, linestyle="--")
    left, right = axes.get_xlim()
    side = 1 if mark.step - left < right - mark.step else -1
    axes.annotate(
        textwrap.fill(mark.text, CAUSE),
        (mark.step, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(2 * side, 0),
        textcoords="offset points",
        rotation=90,
        ha="left" if side > 0 else "right",
        va="bottom",
        fontsize=6,
        color=MARKED,
    )


def scale(axes: matplotlib.axes.Axes, means: np.ndarray) -> str:
    """Chooses the y axis so that the bulk can be read; says in words what it did."""
    lowest, low, high, highest = np.percentile(means, [0, 1, 99, 100])
    if lowest > 0 and highest > WIDE * lowest:
        axes.set_yscale("log")
        return " (log)"
    if high > low and highest - lowest > SPIKY * (high - low):
        room = 0.1 * (high - low)
        axes.set_ylim(low - room, high + room)
        return " (spikes cut off)"
    return ""
