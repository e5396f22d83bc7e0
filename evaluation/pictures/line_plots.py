"""Curves over the steps on matplotlib's axes, for curves.png and for the report."""

import functools
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib.axes
import matplotlib.ticker
import numpy as np

POINTS = 300  # per curve: a panel is 350 to 600 pixels wide
LOG_RATIO = 1000  # positive curves spanning more than this factor get a log axis
SPIKE_RATIO = 5  # curves spanning this many times their central 98 % are cut to it
LINE_WIDTH = 1.2  # points

# After Okabe and Ito: told apart without red or green, 3:1 on white.
HUES = ("#0072b2", "#c85a00", "#00875f", "#b0408a", "#1c1e21", "#8a7000")
MARK_COLOUR = "#b3261e"
# Line and gap in line widths; the first is solid. With six hues there are 30 looks.
DASHES: Sequence[Sequence[float]] = (
    (),
    (4, 1.7),
    (1.2, 1.2),
    (5, 1.7, 1.2, 1.7),
    (8, 2.3),
)


class Curve(NamedTuple):
    """One number over the steps, as the mean, lowest and highest of all seeds.

    Steps ascend. Where a number is not finite, the curve has a gap.
    """

    label: str
    steps: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


class Mark(NamedTuple):
    """A step at which something happened to a run, and what."""

    step: int
    cause: str


class Panel(NamedTuple):
    """Curves on the same axes."""

    title: str
    curves: Sequence[Curve]
    marks: Sequence[Mark] = ()
    is_share: bool = False  # whether its numbers lie within 0 and 1


class Look(NamedTuple):
    """The number of a colour in HUES, and dashes in line widths (none: solid)."""

    hue: int
    dashes: Sequence[float]


PLAIN = Look(4, ())  # of a curve that its panel's title names


def looks(panels: Iterable[Panel], labels: Sequence[str] = ()) -> dict[str, Look]:
    """Returns the look of each label, the same one in all of the panels.

    Those of `labels` come first, whether a panel has them or not. Curves that are named
    as their panel look all the same: they are in no legend.
    """
    panels = list(panels)
    styles = itertools.cycle(
        Look(number % len(HUES), DASHES[number % len(DASHES)])
        for number in range(len(HUES) * len(DASHES))
    )
    in_legend = dict.fromkeys([*labels, *legend(panels)])
    titles = dict.fromkeys((panel.title for panel in panels), PLAIN)
    return titles | dict(zip(in_legend, styles, strict=False))


def legend(panels: Iterable[Panel], labels: Sequence[str] = ()) -> list[str]:
    """Returns the labels that the panels have, but for those that repeat a title.

    Those of `labels` come first, in their order.
    """
    own = dict.fromkeys(
        curve.label
        for panel in panels
        for curve in panel.curves
        if curve.label != panel.title
    )
    first = [label for label in labels if label in own]
    return list(dict.fromkeys([*first, *own]))


def draw(axes: matplotlib.axes.Axes, panel: Panel, looks: Mapping[str, Look]) -> str:
    """Draws lines (means) over bands (lowest to highest), and the marks.

    Returns a note for the title on what was done to the y axis, "" where nothing was.
    """
    curves = [thinned(curve) for curve in panel.curves]
    for number, curve in enumerate(curves):
        draw_curve(axes, curve, looks[curve.label], number)
    for number, mark in enumerate(panel.marks):
        draw_mark(axes, mark, number)

    values = [curve[2:] for curve in curves]
    note = scale(axes, np.concatenate(values, axis=None), panel.is_share)
    span(axes, panel)
    format_axes(axes)
    return note


def thinned(curve: Curve) -> Curve:
    """Returns at most POINTS points, each the mean, lowest and highest of neighbours.

    A point with a number that is not finite becomes NaN throughout.
    """
    rows = np.array(curve[1:], float)  # steps, mean, low, high: [4, N]
    count = rows.shape[1]
    size = max(1, math.ceil(count / POINTS))
    starts = np.arange(0, count, size)
    counts = np.diff(np.append(starts, count))

    steps = np.add.reduceat(rows[0], starts) / counts
    mean = np.add.reduceat(rows[1], starts) / counts
    low = np.minimum.reduceat(rows[2], starts)
    high = np.maximum.reduceat(rows[3], starts)

    values = np.stack([mean, low, high])  # [3, n]
    values[:, ~np.isfinite(values).all(axis=0)] = np.nan
    return Curve(curve.label, steps.tolist(), *values.tolist())


def draw_curve(
    axes: matplotlib.axes.Axes, curve: Curve, look: Look, number: int
) -> None:
    """Draws a line, and a band where low and high differ; `number` is for their ids."""
    alone = isolated(np.array(curve.mean))
    axes.plot(
        curve.steps,
        curve.mean,
        label=curve.label,
        **style(look),
        marker="o" if alone else None,  # a line of one point is invisible
        markevery=alone,
        markersize=4,
        gid=f"line-{number}",
    )

    if np.greater(curve.high, curve.low).any():
        axes.fill_between(
            curve.steps,
            curve.low,
            curve.high,
            facecolor=HUES[look.hue],
            alpha=0.2,
            gid=f"band-{number}",
        )


def style(look: Look) -> dict[str, Any]:
    """Returns what matplotlib's lines take for a look."""
    dashes = (0, tuple(look.dashes)) if look.dashes else "solid"
    return {"color": HUES[look.hue], "linewidth": LINE_WIDTH, "linestyle": dashes}


def isolated(values: np.ndarray) -> list[int]:
    """Returns the indices of numbers between gaps, which no line connects."""
    finite = np.pad(np.isfinite(values), 1)
    alone = finite[1:-1] & ~finite[:-2] & ~finite[2:]
    return np.flatnonzero(alone).tolist()


def draw_mark(axes: matplotlib.axes.Axes, mark: Mark, number: int) -> None:
    """Draws a vertical line under a wedge; `number` is for their ids."""
    gid = f"mark-{number}"
    axes.axvline(mark.step, color=MARK_COLOUR, linewidth=1, gid=gid)
    axes.plot(
        mark.step,
        1,
        color=MARK_COLOUR,
        linestyle="none",
        marker="v",
        markersize=6,
        clip_on=False,
        transform=axes.get_xaxis_transform(),
        gid=gid,
    )


def scale(axes: matplotlib.axes.Axes, values: np.ndarray, is_share: bool) -> str:
    """Chooses the y axis so that most values can be read; returns draw's note.

    That of shares does not go beyond 0 and 1, where lines are drawn in full.
    """
    values = values[np.isfinite(values)]
    if not values.size:
        axes.set_ylim(0, 1)
        return " (no finite value)"
    if is_share and values.min() >= 0 and values.max() <= 1:
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, 0), min(high, 1))
        for line in axes.get_lines():
            line.set_clip_on(False)
        return ""

    lowest, low, high, highest = np.percentile(values, [0, 1, 99, 100])
    if lowest > 0 and highest > LOG_RATIO * lowest:
        axes.set_yscale("log")
        return " (log)"

    if high > low and highest - lowest > SPIKE_RATIO * (high - low):
        room = 0.1 * (high - low)
        axes.set_ylim(low - room, high + room)
        return " (spikes cut off)"
    return ""


def span(axes: matplotlib.axes.Axes, panel: Panel) -> None:
    """Makes the x axis reach over all steps of a panel, gaps and marks included."""
    steps = [step for curve in panel.curves for step in curve.steps]
    steps += [mark.step for mark in panel.marks]
    first, last = min(steps), max(steps)
    room = 0.02 * (last - first) or 1
    axes.set_xlim(first - room, last + room)


def format_axes(axes: matplotlib.axes.Axes) -> None:
    """Gives axes few round ticks, faint rules and no frame."""
    few = functools.partial(matplotlib.ticker.MaxNLocator, 5, steps=[1, 2, 2.5, 5, 10])
    axes.xaxis.set_major_locator(few(integer=True))
    axes.xaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("step", fontsize=8)

    if axes.get_yscale() == "linear":
        axes.yaxis.set_major_locator(few())
    axes.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:zg}"))
    axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())

    axes.tick_params(which="both", length=0, labelsize=8)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
