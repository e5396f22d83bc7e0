"""Curves from metrics.jsonl."""

import io

import matplotlib.figure
import numpy as np
import pytest
from PIL import Image

from evaluation.pictures import curves, line_plots


def lines(count, **scalars):
    """Lines with the step, the time, and each scalar as a function of the step."""
    return [
        {"step": step, "time": 0.1 * step, **{k: f(step) for k, f in scalars.items()}}
        for step in range(1, count + 1)
    ]


def panel(*labels, marks=()):
    own = [line_plots.Curve(label, [0, 100], *[[0, 1]] * 3) for label in labels]
    drawn = line_plots.Panel("loss", own, marks)
    axes = matplotlib.figure.Figure().add_subplot()
    curves.draw(axes, drawn, line_plots.looks([drawn]))
    return axes


@pytest.mark.parametrize(
    ("scalar", "group"),
    [
        ("d_loss", "loss"),
        ("g_loss", "loss"),
        ("d_loss_real", "loss"),
        ("d_real_energy", "energy"),
        ("w_dist", "w_dist"),
        ("d/loss", "loss"),
        ("d_real", "d"),
    ],
)
def test_scalars_of_one_kind_share_a_panel(scalar, group):
    assert curves.group(scalar) == group


def test_one_run_has_a_panel_per_group():
    run = lines(3, d_loss=float, g_loss=float, w_dist=float)
    labels = {
        title: [c.label for c in drawn] for title, drawn in curves.grouped(run).items()
    }
    assert labels == {"loss": ["d_loss", "g_loss"], "w_dist": ["w_dist"]}


def test_several_runs_share_a_panel_per_scalar():
    runs = {"a": lines(3, d_loss=float), "b": lines(2, d_loss=float, w_dist=float)}
    labels = {
        title: [c.label for c in drawn]
        for title, drawn in curves.compared(runs).items()
    }
    assert labels == {"d_loss": ["a", "b"], "w_dist": ["b"]}


def test_clocks_and_texts_are_no_curves():
    run = lines(
        2,
        epoch=float,
        images_per_second=float,
        data_wait=float,
        note=str,
        resumed=bool,
        d_loss=float,
    )
    assert curves.scalars(run) == ["d_loss"]


MARK = {"step": 9, "time": 1.0, "mark": "collapse", "since": 4, "cause": "one image"}


def test_marks_are_no_curves_but_texts_at_their_first_step():
    run = [{"step": 1, "d_loss": 1.0}, MARK]
    assert curves.scalars(run) == ["d_loss"]
    assert curves.marks_of("a", {"a": run}) == [(4, "collapse: one image")]
    two = {"a": [], "b": run}
    assert curves.marks_of("b", two) == [(4, "b: collapse: one image")]
    assert curves.marks_of("a", two) == []


@pytest.mark.parametrize(("step", "side"), [(4, "left"), (90, "right")])
def test_a_mark_has_its_text_along_its_line_on_the_inside(step, side):
    axes = panel("loss", marks=[line_plots.Mark(step, "collapse")])
    (text,) = axes.texts
    assert (text.get_text(), text.xy[0], text.get_ha()) == ("collapse", step, side)


def test_numbers_that_are_not_finite_are_left_out():
    run = [{"step": 1, "x": 1.0}, {"step": 2, "x": float("nan")}, {"step": 3, "x": 3}]
    drawn = curves.curve(run, "x", "x")
    assert drawn == ("x", [1, 3], [1, 3], [1, 3], [1, 3])


def test_a_scalar_may_be_missing_from_lines():
    run = [{"step": 1}, {"step": 2, "x": 5.0}]
    assert curves.curve(run, "x", "x").steps == [2]


def test_a_step_logged_twice_counts_once():
    run = [{"step": 1, "x": 1.0}, {"step": 2, "x": 2.0}, {"step": 1, "x": 9.0}]
    drawn = curves.curve(run, "x", "x")
    assert (drawn.steps, drawn.mean) == ([1, 2], [9, 2])


def test_a_legend_names_several_curves_and_not_the_title_again():
    assert panel("loss").get_legend() is None
    legend = panel("d_loss", "g_loss").get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["d_loss", "g_loss"]


def test_words_are_no_formulas():
    axes = panel("$\\x$", marks=[line_plots.Mark(4, "$\\y$")])
    axes.figure.savefig(io.BytesIO())  # a formula with an error would raise


def test_runs_look_the_same_in_every_panel(monkeypatch):
    colours = {}

    def draw(axes, panel, looks):
        own = {curve.label: looks[curve.label] for curve in panel.curves}
        colours.setdefault(panel.title, own)

    monkeypatch.setattr(curves, "draw", draw)
    runs = {"a": lines(2, d_loss=float), "b": lines(2, d_loss=float, w_dist=float)}
    curves.png(runs)
    assert colours["d_loss"]["b"] == colours["w_dist"]["b"] != colours["d_loss"]["a"]


@pytest.mark.parametrize("count", [1, 100_000])
@pytest.mark.parametrize("runs", ["a", "ab"])
def test_any_number_of_lines_becomes_a_picture(count, runs):
    run = lines(count, d_loss=np.sin, g_loss=np.cos, constant=lambda _: 1.0)
    run.append(MARK)
    with Image.open(io.BytesIO(curves.png(dict.fromkeys(runs, run)))) as image:
        assert image.format == "PNG"
        assert image.width > 1000
        assert len(image.convert("RGB").getcolors(1 << 24)) > 20


@pytest.mark.parametrize("run", [[], [{"step": 1, "time": 0.1}]])
def test_without_scalars_there_is_no_picture(run):
    assert curves.png({"a": run}) is None
