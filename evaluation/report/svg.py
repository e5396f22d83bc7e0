"""Curves with bands as inline SVG: text stays text, colours are page.css's.

A viewer who cannot tell the hues apart has the dashes, the legend and the words.
"""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.pictures import curves
from evaluation.report import axes, content

WIDTH, HEIGHT = 360, 220  # px: at this width on a phone, wider elsewhere
LEFT, RIGHT, TOP, BOTTOM = 52, 338, 12, 196  # of the area of the curves
HUES = 6  # .hue0, .hue1, ... in page.css
DASHES = ("none", "7 3", "2 2", "9 3 2 3", "14 4")  # with 6 hues: 30 looks


def figures(panels: Sequence[content.Panel]) -> str:
    """All panels; those without a step are left out."""
    drawn = [panel for panel in panels if any(len(c.steps) for c in panel.curves)]
    labels = [curve.label for panel in drawn for curve in panel.curves]
    looks = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return "".join(figure(panel, looks) for panel in drawn)


def figure(panel: content.Panel, looks: Mapping[str, int]) -> str:
    """One panel under its title, with its legend and its marks in words."""
    thin = [thinned(curve) for curve in panel.curves]
    y, note = axes.fitted(np.concatenate([c[1:] for c in thin], axis=None), BOTTOM, TOP)
    steps = [step for curve in panel.curves for step in curve.steps]
    steps += [mark.step for mark in panel.marks]
    x = axes.Axis(*axes.spanned(steps), LEFT, RIGHT)
    drawn = [
        draw(curve, points, x, y, looks[curve.label])
        for curve, points in zip(panel.curves, thin, strict=True)
    ]
    return (
        f'<figure class="panel"><figcaption>{html.escape(panel.title)}{note}'
        f'</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html.escape(words(panel))}">{grid(x, y)}{"".join(drawn)}'
        f"{''.join(line(mark, x) for mark in panel.marks)}</svg>"
        f"{legend(panel, looks)}{listed(panel.marks)}</figure>"
    )


def thinned(curve: content.Curve) -> np.ndarray:
    """At most curves.POINTS of (step, mean, low, high), each over as many: [4, n]."""
    rows = np.array([curve.steps, curve.mean, curve.low, curve.high], float)
    size = max(1, math.ceil(rows.shape[1] / curves.POINTS))
    starts = np.arange(0, rows.shape[1], size)
    counts = np.diff(np.append(starts, rows.shape[1]))
    return np.stack(
        [
            np.add.reduceat(rows[0], starts) / counts,
            np.add.reduceat(rows[1], starts) / counts,
            np.minimum.reduceat(rows[2], starts),
            np.maximum.reduceat(rows[3], starts),
        ]
    )


def draw(
    curve: content.Curve, points: np.ndarray, x: axes.Axis, y: axes.Axis, look: int
) -> str:
    """The band and the line of a curve, or of each of its pieces between gaps."""
    shapes = []
    gaps = ~np.isfinite(points).all(axis=0)
    for piece in np.ma.clump_unmasked(np.ma.array(points[1], mask=gaps)):
        across = x.pixels(points[0, piece])
        mean, low, high = y.pixels(points[1:, piece])
        if (low != high).any():
            there = list(zip(across, high, strict=True))
            back = list(zip(across, low, strict=True))[::-1]
            shapes.append(f'<path class="band" d="{path(there + back)}Z"/>')
        if len(across) == 1:  # a line of one point is invisible
            shapes.append(f'<circle cx="{across[0]:.1f}" cy="{mean[0]:.1f}" r="3"/>')
        else:
            shapes.append(
                f'<path class="line" stroke-dasharray="{DASHES[look % len(DASHES)]}" '
                f'd="{path(list(zip(across, mean, strict=True)))}"/>'
            )
    return (
        f'<g class="curve hue{look % HUES}"><title>{html.escape(curve.label)}</title>'
        f"{''.join(shapes)}</g>"
    )


def path(points: Sequence[tuple[float, float]]) -> str:
    """SVG's word for straight lines from point to point."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def grid(x: axes.Axis, y: axes.Axis) -> str:
    """Horizontal lines with values at the left, steps below."""
    lines = []
    for value, place in rulers(y, 6):
        lines.append(
            f'<path class="rule" d="M{LEFT} {place:.1f}H{RIGHT}"/>'
            f'<text class="end" x="{LEFT - 6}" y="{place + 4:.1f}">{value:g}</text>'
        )
    for value, place in rulers(x, 5, integer=True):
        lines.append(f'<text x="{place:.1f}" y="{BOTTOM + 18}">{value:,.0f}</text>')
    lines.append(f'<text class="end" x="{LEFT - 12}" y="{BOTTOM + 18}">step</text>')
    return "".join(lines)


def rulers(
    axis: axes.Axis, most: int, integer: bool = False
) -> list[tuple[float, float]]:
    """Ticks with their pixels."""
    ticks = axis.ticks(most, integer)
    return list(zip(ticks, axis.pixels(np.array(ticks)).tolist(), strict=True))


def line(mark: content.Mark, x: axes.Axis) -> str:
    """A vertical line with a wedge to point at; the cause is its tooltip."""
    place = f"{x.pixels(np.array([mark.step]))[0]:.1f}"
    return (
        f'<g class="mark"><title>{html.escape(told(mark))}</title>'
        f'<path d="M{place} {TOP}V{BOTTOM}"/>'
        f'<path class="wedge" d="M{place} {TOP}l-5 -9h10Z"/></g>'
    )


def told(mark: content.Mark) -> str:
    """A mark in words."""
    return f"step {mark.step:,}: {mark.cause}"


def listed(marks: Sequence[content.Mark]) -> str:
    """The marks in words, for who has no pointer to hold over them."""
    if not marks:
        return ""
    items = "".join(f"<li>{html.escape(told(mark))}</li>" for mark in marks)
    count = "1 mark" if len(marks) == 1 else f"{len(marks)} marks"
    return f"<details><summary>{count}</summary><ul>{items}</ul></details>"


def legend(panel: content.Panel, looks: Mapping[str, int]) -> str:
    """A sample of each curve's line; none where the title says it all."""
    if [curve.label for curve in panel.curves] == [panel.title]:
        return ""
    items = [
        f'<li><svg class="hue{looks[curve.label] % HUES}" viewBox="0 0 30 8" '
        'aria-hidden="true"><path class="line" d="M0 4H30" stroke-dasharray="'
        f'{DASHES[looks[curve.label] % len(DASHES)]}"/></svg>'
        f"{html.escape(curve.label)}</li>"
        for curve in panel.curves
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


def words(panel: content.Panel) -> str:
    """The panel for who cannot see it: where each curve ends."""
    ends = [
        f"{curve.label} ends at {curve.mean[-1]:.4g} ({curve.low[-1]:.4g} to "
        f"{curve.high[-1]:.4g}) at step {curve.steps[-1]:,}"
        for curve in panel.curves
        if len(curve.steps)
    ]
    return f"{panel.title}: {'; '.join(ends)}"
