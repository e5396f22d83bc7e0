"""Curves on axes: thinning, scales, gaps, looks that can be told apart."""

import matplotlib.figure
import numpy as np
import pytest

from evaluation.pictures import line_plots


def curve(values, label="loss"):
    return line_plots.Curve(label, range(len(values)), values, values, values)


def panel(*curves, marks=()):
    """Axes with the curves, and what was done to them in words."""
    drawn = line_plots.Panel("loss", curves, marks)
    axes = matplotlib.figure.Figure().add_subplot()
    note = line_plots.draw(axes, drawn, line_plots.looks([drawn]))
    return axes, note


def test_short_curves_are_drawn_as_they_are():
    values = np.random.default_rng(0).standard_normal((3, line_plots.POINTS)).tolist()
    short = line_plots.Curve("c", list(range(line_plots.POINTS)), *values)
    assert line_plots.thinned(short) == short


def test_long_curves_become_means_and_ranges():
    values = np.random.default_rng(0).standard_normal(100_000)
    _, steps, *rows = line_plots.thinned(curve(values))
    mean, low, high = map(np.array, rows)
    assert len(steps) <= line_plots.POINTS
    assert (np.diff(steps) > 0).all()
    assert mean.mean() == pytest.approx(values.mean(), abs=1e-3)
    assert (low.min(), high.max()) == (values.min(), values.max())
    assert (low < mean).all()
    assert (mean < high).all()


def test_bands_are_thinned_without_losing_their_extremes():
    steps = list(range(601))  # 201 of three steps, the last of one
    high = [9 if step == 4 else 1 for step in steps]
    low = [-9 if step == 3 else 0 for step in steps]
    thin = line_plots.thinned(line_plots.Curve("c", steps, steps, low, high))
    points = list(zip(*thin[1:], strict=True))
    assert len(points) == 201
    assert (points[1], points[-1]) == ((4, 4, -9, 9), (600, 600, 0, 1))


def test_the_last_short_bucket_has_its_own_mean():
    thin = line_plots.thinned(curve(np.full(line_plots.POINTS + 1, 7.0)))
    assert set(thin.mean) == {7.0}
    assert thin.steps[-1] == line_plots.POINTS


def test_a_band_goes_along_the_highest_and_back_along_the_lowest():
    axes, _ = panel(line_plots.Curve("c", [0, 9], [0.5, 0.5], [0.25, 0], [0.75, 1]))
    (band,) = axes.collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(0, 0.25), (0, 0.75), (9, 0), (9, 1)}
    assert axes.get_lines()[0].get_ydata().tolist() == [0.5, 0.5]


def test_one_seed_has_no_band():
    assert not panel(curve([0, 1]))[0].collections


def test_what_is_not_finite_is_a_gap_in_line_and_band():
    mean, low, high = [0, 1, np.nan, 0.5, 1], [0, 1, 2, np.inf, 0], [1, 2, 3, 3, 1]
    axes, _ = panel(line_plots.Curve("c", [0, 1, 2, 3, 4], mean, low, high))
    (line,) = axes.get_lines()
    assert np.isnan(line.get_ydata()).tolist() == [False, False, True, True, False]
    (band,) = axes.collections
    assert [int(path.vertices[:, 0].max()) for path in band.get_paths()] == [1, 4]


@pytest.mark.parametrize(
    ("values", "points"),
    [([0.5], [0]), ([1, 2], []), ([1, 2, np.nan, 4], [3]), ([1, np.nan, 3], [0, 2])],
)
def test_a_point_without_a_neighbour_is_a_dot(values, points):
    (line,) = panel(curve(values))[0].get_lines()
    assert line.get_markevery() == points
    assert line.get_marker() == ("o" if points else "None")


def test_a_spike_does_not_flatten_the_curve():
    values = np.sin(np.arange(200))
    values[0] = 1000
    axes, note = panel(curve(values))
    assert axes.get_ylim()[1] < 2
    assert note == " (spikes cut off)"


def test_a_spike_that_thinning_averages_does_not_flatten_the_curve():
    values = np.sin(np.arange(100_000))
    values[0] = 100  # 0.3 in the mean of its neighbours
    axes, note = panel(curve(values))
    assert 1 < axes.get_ylim()[1] < 2
    assert note == " (spikes cut off)"


def test_positive_curves_over_decades_have_a_log_axis():
    axes, note = panel(curve(np.logspace(-3, 3, 50)))
    assert (axes.get_yscale(), note) == ("log", " (log)")
    axes, note = panel(curve(np.linspace(-1, 1e6, 50)))
    assert (axes.get_yscale(), note) == ("linear", "")


def test_without_a_finite_value_the_steps_are_shown():
    axes, note = panel(curve([np.nan, np.inf]))
    assert note == " (no finite value)"
    assert axes.get_xlim() == pytest.approx((0, 1), abs=0.1)


def test_axes_reach_over_gaps_and_marks():
    mark = line_plots.Mark(40, "collapse")
    axes, _ = panel(curve([1, 2, np.nan]), marks=[mark])
    assert axes.get_xlim() == pytest.approx((0, 40), abs=1)


def test_a_mark_is_a_vertical_line_under_a_wedge():
    mark = line_plots.Mark(1, "collapse")
    line, wedge = panel(curve([1, 2, 3]), marks=[mark])[0].get_lines()[1:]
    assert list(line.get_xdata()) == [1, 1]
    assert (list(wedge.get_xdata()), wedge.get_marker()) == ([1], "v")


@pytest.mark.parametrize(
    ("steps", "ticks"),
    [([0, 2], ["0", "1", "2"]), ([0, 20_000], ["0", "5,000", "10,000", "15,000"])],
)
def test_steps_are_whole_and_round(steps, ticks):
    axes, _ = panel(line_plots.Curve("c", steps, *[[0, 1]] * 3))
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert [label for label in labels if label in ticks] == ticks


def test_thirty_curves_look_different():
    drawn = line_plots.Panel("p", [curve([0], str(n)) for n in range(31)])
    looks = line_plots.looks([drawn])
    assert len(set(looks.values())) == 30
    assert looks["30"] == looks["0"]


def test_a_label_looks_the_same_in_every_panel():
    panels = [
        line_plots.Panel(title, [curve([0], label) for label in labels])
        for title, labels in {"a": ["gan", "wgan"], "b": ["wgan", "vae"]}.items()
    ]
    looks = line_plots.looks(panels)
    assert line_plots.legend(panels) == ["gan", "wgan", "vae"]
    assert len({looks[label] for label in ("gan", "wgan", "vae")}) == 3
    assert (
        line_plots.looks(panels[1:], ["gan", "wgan", "vae"]).items()
        >= {label: looks[label] for label in ("gan", "wgan", "vae")}.items()
    )


@pytest.mark.parametrize(
    ("values", "limits"), [([0.5, 1], (0.475, 1)), ([0, 0.5], (0, 0.525))]
)
def test_the_axis_of_a_share_ends_where_shares_end(values, limits):
    drawn = line_plots.Panel("auc", [curve(values)], is_share=True)
    axes = matplotlib.figure.Figure().add_subplot()
    assert line_plots.draw(axes, drawn, line_plots.looks([drawn])) == ""
    assert axes.get_ylim() == pytest.approx(limits)
    assert not axes.get_lines()[0].get_clip_on()  # the line on the edge is whole


def test_numbers_at_an_axis_have_no_negative_zero():
    axes, _ = panel(curve([-1, 1]))
    assert axes.yaxis.get_major_formatter()(-0.0) == "0"
