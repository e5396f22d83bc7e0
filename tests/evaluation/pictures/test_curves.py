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


def panel(*drawn, marks=()):
    axes = matplotlib.figure.Figure().add_subplot()
    curves.draw(axes, "loss", drawn, marks)
    return axes


def curve(values, label="loss"):
    return curves.Curve(label, np.arange(len(values)), np.asarray(values, float))


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
    assert curves.marks("a", {"a": run}) == [(4, "collapse: one image")]
    two = {"a": [], "b": run}
    assert curves.marks("b", two) == [(4, "b: collapse: one image")]
    assert curves.marks("a", two) == []


@pytest.mark.parametrize(("step", "side"), [(4, "left"), (90, "right")])
def test_a_mark_is_a_vertical_line_with_its_text_inside(step, side):
    axes = panel(curve(np.arange(100)), marks=[curves.Mark(step, "collapse")])
    assert axes.get_lines()[-1].get_xdata() == [step, step]
    (text,) = axes.texts
    assert (text.get_text(), text.xy[0], text.get_ha()) == ("collapse", step, side)


def test_numbers_that_are_not_finite_are_left_out():
    run = [{"step": 1, "x": 1.0}, {"step": 2, "x": float("nan")}, {"step": 3, "x": 3}]
    drawn = curves.curve(run, "x", "x")
    assert drawn.steps.tolist() == [1, 3]
    assert drawn.values.tolist() == [1, 3]


def test_a_scalar_may_be_missing_from_lines():
    run = [{"step": 1}, {"step": 2, "x": 5.0}]
    assert curves.curve(run, "x", "x").steps.tolist() == [2]


def test_a_step_logged_twice_counts_once():
    run = [{"step": 1, "x": 1.0}, {"step": 2, "x": 2.0}, {"step": 1, "x": 9.0}]
    drawn = curves.curve(run, "x", "x")
    assert drawn.steps.tolist() == [1, 2]
    assert drawn.values.tolist() == [9, 2]


def test_short_curves_are_drawn_as_they_are():
    drawn = curve(np.random.default_rng(0).standard_normal(curves.POINTS))
    steps, mean, low, high = curves.thinned(drawn)
    np.testing.assert_array_equal(steps, drawn.steps)
    for values in (mean, low, high):
        np.testing.assert_array_equal(values, drawn.values)


def test_long_curves_become_means_and_ranges():
    values = np.random.default_rng(0).standard_normal(100_000)
    steps, mean, low, high = curves.thinned(curve(values))
    assert len(steps) <= curves.POINTS
    assert (np.diff(steps) > 0).all()
    assert mean.mean() == pytest.approx(values.mean(), abs=1e-3)
    assert (low.min(), high.max()) == (values.min(), values.max())
    assert (low < mean).all()
    assert (mean < high).all()


def test_the_last_short_bucket_has_its_own_mean():
    steps, mean, _, _ = curves.thinned(curve(np.full(curves.POINTS + 1, 7.0)))
    assert set(mean) == {7.0}
    assert steps[-1] == curves.POINTS


def test_a_spike_does_not_flatten_the_curve():
    values = np.sin(np.arange(200))
    values[0] = 1000
    axes = panel(curve(values))
    assert axes.get_ylim()[1] < 2
    assert axes.get_title("left") == "loss (spikes cut off)"


def test_positive_curves_over_decades_have_a_log_axis():
    assert panel(curve(np.logspace(-3, 3, 50))).get_yscale() == "log"
    assert panel(curve(np.linspace(-1, 1e6, 50))).get_yscale() == "linear"


def test_a_single_point_can_be_seen():
    axes = panel(curve([0.5]))
    assert axes.get_lines()[0].get_marker() == "o"
    assert panel(curve([0.5, 1, 2])).get_lines()[0].get_marker() == "None"


def test_a_legend_names_several_curves_and_not_the_title_again():
    assert panel(curve([1, 2])).get_legend() is None
    legend = panel(curve([1, 2], "d_loss"), curve([1, 2], "g_loss")).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["d_loss", "g_loss"]


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
