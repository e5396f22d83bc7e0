"""Panels of curves as SVG inside the page: matplotlib draws, page.css colours.

Text stays text. For readers who cannot tell the hues apart there are dashes, legends
and words.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

import matplotlib
import matplotlib.figure

from evaluation.pictures import line_plots

CHART_INCHES = (3.6, 2.2)  # line_plots' text is about 11 px high on a phone
FAR = 9999  # px; browsers do not draw shapes that reach to 1e30, as spikes do
SPACE = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
KEPT_STYLES = ("font-size", "text-anchor", "stroke-dasharray")
COORDINATE = re.compile(r"(?<!\w)-?\d+(\.\d+)?")  # and other lengths, but no id
COMMAND = re.compile(r"\s*([A-Za-z])\s*")  # of a path


class LegendEntry(NamedTuple):
    """A label, and the look of its curve as CSS has it."""

    label: str
    hue: int
    dash_array: str


class Chart(NamedTuple):
    """A panel as parts.html shows it."""

    title: str
    svg: str
    marks: Sequence[str]
    has_bands: bool


def charts(
    panels: Sequence[line_plots.Panel], labels: Sequence[str] = ()
) -> list[Chart]:
    """Returns all panels drawn; those without a step are left out.

    `labels` come first in the legend, in their order.
    """
    panels = with_steps(panels)
    looks = line_plots.looks(panels, labels)
    return [chart(panel, looks, number) for number, panel in enumerate(panels)]


def legend(
    panels: Sequence[line_plots.Panel], labels: Sequence[str] = ()
) -> list[LegendEntry]:
    """Returns the one legend of all panels; none where their titles say it all."""
    panels = with_steps(panels)
    looks = line_plots.looks(panels, labels)
    return [
        LegendEntry(label, looks[label].hue, dash_array(looks[label]))
        for label in line_plots.legend(panels, labels)
    ]


def with_steps(panels: Sequence[line_plots.Panel]) -> list[line_plots.Panel]:
    """Returns the panels in which there is something to draw."""
    return [panel for panel in panels if any(c.steps for c in panel.curves)]


def chart(
    panel: line_plots.Panel, looks: Mapping[str, line_plots.Look], number: int
) -> Chart:
    """Returns the panel of that number on the page; its curves have these looks."""
    figure = matplotlib.figure.Figure(CHART_INCHES, layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    note = line_plots.draw(axes, panel, looks)

    root = parse(figure, f"panel {number}")
    classify(root, group_classes(panel, looks))
    root.set("role", "img")
    root.set("aria-label", summary(panel))

    return Chart(
        panel.title + note,
        ElementTree.tostring(root, encoding="unicode"),
        [words(mark) for mark in panel.marks],
        any("band" in group.get("class", "").split() for group in root.iter("g")),
    )


def parse(figure: matplotlib.figure.Figure, salt: str) -> ElementTree.Element:
    """Returns a figure's SVG without matplotlib's colours, fonts and metadata.

    The ids that clip and repeat shapes depend on `salt` and the shapes alone.
    """
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(file, format="svg")
    root = ElementTree.fromstring(file.getvalue())  # noqa: S314  matplotlib's own

    root.attrib = {"viewBox": root.attrib["viewBox"]}
    for path in (f"{SPACE}metadata", f"{SPACE}defs[{SPACE}style]"):
        for part in root.findall(path):
            root.remove(part)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SPACE)
        element.attrib = plain(element.attrib)
        element.tail = None
        if element.tag != "text":
            element.text = None
    return root


def plain(attributes: Mapping[str, str]) -> dict[str, str]:
    """Returns attributes as short as the page needs them, KEPT_STYLES among them."""
    texts = {key: value for key, value in attributes.items() if key != "style"}
    texts.pop("transform", None)  # rotate(-0)
    if LINK in texts:
        texts["href"] = texts.pop(LINK)
    for declaration in attributes.get("style", "").split("; "):
        name, _, value = declaration.partition(": ")
        if name in KEPT_STYLES:
            texts[name] = value

    texts = {key: COORDINATE.sub(rounded, text) for key, text in texts.items()}
    if "d" in texts:
        texts["d"] = COMMAND.sub(r"\1", texts["d"])
    return texts


def rounded(number: re.Match[str]) -> str:
    """Returns a number with one decimal at most, and not beyond FAR."""
    return f"{round(min(max(float(number[0]), -FAR), FAR), 1):g}"


def group_classes(
    panel: line_plots.Panel, looks: Mapping[str, line_plots.Look]
) -> dict[str, tuple[str, str]]:
    """Returns the classes in page.css and the tooltip ("": none) of groups by id."""
    groups = {"matplotlib.axis_1": ("rule", ""), "matplotlib.axis_2": ("rule", "")}
    for number, curve in enumerate(panel.curves):
        hue = f"hue{looks[curve.label].hue}"
        groups[f"band-{number}"] = (f"curve band {hue}", curve.label)
        groups[f"line-{number}"] = (f"curve line {hue}", curve.label)
    for number, mark in enumerate(panel.marks):
        groups[f"mark-{number}"] = ("mark", words(mark))
    return groups


def classify(root: ElementTree.Element, classes: Mapping[str, tuple[str, str]]) -> None:
    """Turns ids of groups, which other panels have too, into classes and tooltips."""
    for group in list(root.iter("g")):
        names, tooltip = classes.get(group.attrib.pop("id", ""), ("", ""))
        if names:
            group.set("class", names)
        if tooltip:
            title = ElementTree.Element("title")
            title.text = tooltip
            group.insert(0, title)


def dash_array(look: line_plots.Look) -> str:
    """Returns SVG's dashes of a look."""
    lengths = [line_plots.LINE_WIDTH * length for length in look.dashes]
    return ",".join(f"{round(length, 1):g}" for length in lengths) or "none"


def words(mark: line_plots.Mark) -> str:
    """Returns a mark in words."""
    return f"step {mark.step:,}: {mark.cause}"


def summary(panel: line_plots.Panel) -> str:
    """Returns where each curve ends, for readers who cannot see the panel."""
    ends = [
        f"{curve.label} ends at {curve.mean[-1]:.4g} ({curve.low[-1]:.4g} to "
        f"{curve.high[-1]:.4g}) at step {curve.steps[-1]:,}"
        for curve in panel.curves
        if curve.steps
    ]
    repeated = f"{panel.title} "
    return f"{panel.title}: {'; '.join(end.removeprefix(repeated) for end in ends)}"
