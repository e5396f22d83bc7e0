"""Panels inside the page: text and classes instead of glyphs and colours."""

import re
from xml.etree import ElementTree

import numpy as np

from evaluation.pictures import line_plots
from evaluation.report import content, svg

LABELS = ["<gan> & co", "wgan"]


def panel(title="p", labels=LABELS, marks=()):
    steps = [0, 50, 100]
    curves = [
        content.Curve(label, steps, [0, 1, 2], [0, 0, 1], [1, 1, 3]) for label in labels
    ]
    return content.Panel(title, curves, marks)


def drawn(*panels):
    return [ElementTree.fromstring(chart.svg) for chart in svg.charts(panels)]


def groups(root, name):
    return [g for g in root.iter("g") if name in g.get("class", "").split()]


def coordinates(root):
    paths = "".join(path.get("d") for path in root.iter("path"))
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e.\d+)?", paths)]


def test_numbers_at_the_axes_are_text():
    (root,) = drawn(panel())
    texts = [text.text for text in root.iter("text")]
    assert {"step", "0", "50", "100", "1", "2", "3"} <= set(texts)


def test_colours_and_fonts_are_left_to_the_page():
    (root,) = drawn(panel(marks=[content.Mark(50, "collapse")]))
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"style", "fill", "stroke", "font-family"}
    assert "metadata" not in [element.tag for element in root.iter()]
    assert "style" not in [element.tag for element in root.iter()]


def test_every_curve_is_a_line_and_a_band_of_its_hue_and_name():
    (root,) = drawn(panel())
    for kind in ("line", "band"):
        curves = groups(root, kind)
        assert [group.find("title").text for group in curves] == LABELS
        assert [group.get("class").split()[-1] for group in curves] == ["hue0", "hue1"]
        assert all(group.find("path").get("d") for group in curves)


def test_the_legend_shows_the_dashes_of_the_lines():
    drawn_panel = panel(labels="abcde")
    (chart,) = svg.charts([drawn_panel])
    lines = groups(ElementTree.fromstring(chart.svg), "line")
    paths = [line.find("path").get("stroke-dasharray", "none") for line in lines]
    assert [entry.dash_array for entry in svg.legend([drawn_panel])] == paths
    assert len(set(paths)) == 5


def test_one_legend_has_each_label_once_and_no_title():
    panels = [panel("loss", ["loss"]), panel("a", ["y"]), panel("b", ["x", "y"])]
    entries = svg.legend(panels, ["z", "x"])
    assert [entry.label for entry in entries] == ["x", "y"]


def test_a_label_has_the_hue_of_its_place_whatever_panels_have():
    (root,) = drawn(panel("p", ["b"]))
    assert groups(root, "line")[0].get("class").endswith("hue0")
    (chart,) = svg.charts([panel("p", ["b"])], labels=["a", "b"])
    (line,) = groups(ElementTree.fromstring(chart.svg), "line")
    assert line.get("class").endswith("hue1")
    assert svg.legend([panel("p", ["b"])], ["a", "b"])[0].hue == 1


def test_marks_stand_at_their_step_and_say_why():
    (root,) = drawn(panel(marks=[content.Mark(50, "d_loss is nan")]))
    line, wedge = groups(root, "mark")
    assert line.find("title").text == "step 50: d_loss is nan"
    place = line.find("path").get("d").split()[0].removeprefix("M")
    ticks = {text.text: text.get("x") for text in root.iter("text")}
    assert place == ticks["50"] == wedge.find(".//use").get("x")
    chart = svg.charts([panel(marks=[content.Mark(1500, "d_loss is nan")])])[0]
    assert chart.marks == ["step 1,500: d_loss is nan"]


def test_a_picture_says_where_its_curves_end():
    (root,) = drawn(panel("FID", ["wgan"]))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "FID: wgan ends at 2 (1 to 3) at step 100"


def test_only_seeds_that_differ_make_a_band():
    band, single = (
        panel(),
        panel()._replace(curves=[content.Curve("c", [0, 1], *[[0, 1]] * 3)]),
    )
    assert [chart.has_bands for chart in svg.charts([band, single])] == [True, False]


def test_titles_say_what_was_done_to_the_axis():
    decades = content.Curve("c", [0, 1, 2], *[[0.01, 1, 100]] * 3)
    (chart,) = svg.charts([content.Panel("loss", [decades])])
    assert chart.title == "loss (log)"


def test_the_same_panels_become_the_same_text():
    panels = [panel("a", marks=[content.Mark(50, "x")]), panel("b")]
    assert svg.charts(panels) == svg.charts(panels)


def test_ids_are_used_and_of_one_panel_only():
    dot = content.Curve("dot", [0], [1], [1], [1])
    panels = [content.Panel("p", [dot], [content.Mark(0, "x")])] * 2
    ids = [{e.get("id") for e in root.iter() if e.get("id")} for root in drawn(*panels)]
    assert not ids[0] & ids[1]
    for own, chart in zip(ids, svg.charts(panels), strict=True):
        assert own == set(re.findall(r"#(\w+)", chart.svg))


def test_a_curve_without_steps_is_in_the_legend_alone():
    empty = content.Curve("empty", [], [], [], [])
    both = content.Panel("p", [*panel().curves, empty])
    (chart,) = svg.charts([both])
    assert [entry.label for entry in svg.legend([both])] == [*LABELS, "empty"]
    assert "empty" not in ElementTree.fromstring(chart.svg).get("aria-label")


def test_a_picture_does_not_say_its_title_twice():
    (root,) = drawn(panel("FID", ["FID"]))
    assert root.get("aria-label") == "FID: ends at 2 (1 to 3) at step 100"


def test_a_gap_is_a_gap():
    values = [0, 1, np.nan, 2, 3]
    curve = content.Curve("c", range(5), values, values, values)
    (root,) = drawn(content.Panel("p", [curve]))
    (line,) = groups(root, "line")
    assert line.find("path").get("d").count("M") == 2


def test_shapes_stay_where_browsers_draw_them():
    usual = np.sin(np.arange(400)).tolist()
    spiky = [*usual[:-1], 1e30]
    curve = content.Curve("c", range(400), usual, usual, spiky)
    (chart,) = svg.charts([content.Panel("p", [curve])])
    assert chart.title == "p (spikes cut off)"
    reach = max(map(abs, coordinates(ElementTree.fromstring(chart.svg))))
    assert 200 < reach <= svg.FAR


def test_a_panel_of_long_curves_is_small():
    values = np.sin(np.arange(3000) / 300) + np.random.default_rng(0).random(3000)
    curves = [content.Curve(n, range(3000), *[values.tolist()] * 3) for n in "abc"]
    (chart,) = svg.charts([content.Panel("p", curves)])
    assert len(chart.svg) < 100 * line_plots.POINTS + 10_000
