"""Curves from metrics.jsonl."""

import io

import matplotlib.figure
import numpy as np
import pytest
from PIL import Image

from evaluation.pictures import curves


def lines(count, **scalars):
    """Lines with the step, the time, and each scalar as a function of the step."""
    return [
        {"step": step, "time": 0.1 * step, **{k: f(step) for k, f in scalars.items()}}
        for step in range(1, count + 1)
    ]


def labels_of(panels):
    return {panel.title: [c.label for c in panel.curves] for panel in panels}


@pytest.fixture
def figures(monkeypatch):
    """What is written to files, as matplotlib's figures."""
    drawn = []
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "savefig",
        lambda figure, *_, **__: drawn.append(figure),
    )
    return drawn


def texts_of(legend):
    return [text.get_text() for text in legend.get_texts()]


def test_one_run_has_a_panel_per_group():
    run = lines(3, d_loss=float, d_real=float, g_loss=float, d_fake=float, k=float)
    assert labels_of(curves.panels({"a": run})) == {
        "losses: D, G": ["D", "G"],
        "D's mean output: real, fake": ["real", "fake"],
        "BEGAN: k": ["BEGAN: k"],
    }


def test_several_runs_share_a_panel_per_scalar():
    runs = {"a": lines(3, d_loss=float), "b": lines(2, d_loss=float, d_real=float)}
    assert labels_of(curves.panels(runs)) == {
        "D's loss": ["a", "b"],
        "D's mean output: real": ["b"],
    }


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


def test_marks_are_said_once_below_all_panels(figures):
    run = lines(9, d_loss=float, d_real=float)
    curves.png({"a": [*run, MARK], "b": run})
    runs, marks = figures[0].legends
    assert texts_of(runs) == ["a", "b"]
    assert texts_of(marks) == ["step 4: a: collapse: one image"]
    assert not any(axes.texts for axes in figures[0].axes)


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


def test_one_legend_lies_outside_all_panels(figures):
    run = lines(9, d_real=float, g_loss=float, d_loss=float, k=float, d_fake=float)
    curves.png({"a": run})
    (legend,) = figures[0].legends
    assert texts_of(legend) == ["D", "G", "real", "fake"]
    figures[0].draw_without_rendering()
    place = legend.get_window_extent()
    for axes in figures[0].axes:
        assert axes.get_legend() is None
        assert not place.overlaps(axes.get_tightbbox())


def test_a_legend_does_not_say_a_title_again(figures):
    curves.png({"a": lines(9, k=float)})
    assert figures[0].legends == []


def test_words_are_no_formulas():
    run = [*lines(9, d_loss=float), MARK | {"cause": "$\\y$"}]
    assert curves.png({"$\\x$": run, "b": run})  # a formula with an error would raise


def test_runs_look_the_same_in_every_panel(figures):
    runs = {"a": lines(2, d_loss=float), "b": lines(2, d_loss=float, w_dist=float)}
    curves.png(runs)
    first, second = (
        {line.get_label(): line.get_color() for line in axes.get_lines()}
        for axes in figures[0].axes
    )
    assert first["b"] == second["b"] != first["a"]
    assert [line.get_color() for line in figures[0].legends[0].get_lines()] == [
        first["a"], first["b"]
    ]  # fmt: skip


def test_a_pdf_is_the_same_each_time():
    panels = curves.panels({"a": lines(9, k=float)})
    pdf = curves.encoded(panels, "pdf")
    assert pdf.startswith(b"%PDF")
    assert pdf == curves.encoded(panels, "pdf")


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
