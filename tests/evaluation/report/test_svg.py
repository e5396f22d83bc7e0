"""Curves: coordinates by hand, gaps, looks that can be told apart."""

import re

import numpy as np
import pytest

from evaluation.report import axes, content, svg

X = axes.Axis(0, 10, 0, 100)
Y = axes.Axis(0, 1, 100, 0)


def shapes(steps, mean, low, high):
    curve = content.Curve("c", steps, mean, low, high)
    drawn = svg.draw(curve, svg.thinned(curve), X, Y, look=0)
    bands = re.findall(r'class="band" d="([^"]*)"', drawn)
    lines = re.findall(r'class="line" [^>]* d="([^"]*)"', drawn)
    points = re.findall(r'<circle cx="([^"]*)" cy="([^"]*)"', drawn)
    return bands, lines, points


def test_a_band_goes_along_the_highest_and_back_along_the_lowest():
    bands, lines, points = shapes([0, 10], [0.5, 0.5], [0.25, 0], [0.75, 1])
    assert bands == ["M0.0 25.0L100.0 0.0L100.0 100.0L0.0 75.0Z"]
    assert lines == ["M0.0 50.0L100.0 50.0"]
    assert not points


def test_one_seed_has_no_band():
    assert shapes([0, 10], [0, 1], [0, 1], [0, 1])[:2] == ([], ["M0.0 100.0L100.0 0.0"])


def test_what_is_not_finite_is_a_gap():
    values = [0, 1, np.nan, 0.5]
    _, lines, points = shapes([0, 4, 5, 10], values, values, values)
    assert lines == ["M0.0 100.0L40.0 0.0"]
    assert points == [("100.0", "50.0")]


def test_what_is_beyond_the_limits_goes_to_the_edge():
    _, lines, _ = shapes([0, 10], [-3, 7], [-3, 7], [-3, 7])
    assert lines == ["M0.0 100.0L100.0 0.0"]


def test_long_curves_are_thinned_without_losing_their_extremes():
    steps = list(range(601))  # 201 of three steps, the last of one
    high = [9 if step == 4 else 1 for step in steps]
    low = [-9 if step == 3 else 0 for step in steps]
    thin = svg.thinned(content.Curve("c", steps, steps, low, high))
    assert thin.shape == (4, 201)
    np.testing.assert_array_equal(thin[:, 1], [4, 4, -9, 9])
    np.testing.assert_array_equal(thin[:, -1], [600, 600, 0, 1])


@pytest.mark.parametrize(
    ("values", "limits", "note"),
    [
        ([0, 10, np.nan, np.inf], (-0.5, 10.5), ""),
        ([4], (3.6, 4.4), ""),
        ([0], (-1, 1), ""),
        ([1e-2, 1e2], (-2.2, 2.2), " (log)"),
        ([*np.linspace(0, 1, 9999), 1e6], (-0.039, 1.039), " (spikes cut off)"),
        ([np.nan], (0, 1), " (no finite value)"),
    ],
)
def test_limits_fit_the_values(values, limits, note):
    axis, words = axes.fitted(np.array(values, float), 0, 1)
    assert (axis.low, axis.high) == pytest.approx(limits, abs=1e-3)
    assert (words, axis.log) == (note, note == " (log)")


def test_logarithms_are_drawn_evenly():
    axis = axes.Axis(-2, 2, 0, 100, log=True)
    places = axis.pixels(np.array([0.01, 1, 10, 100, 0, -5]))
    np.testing.assert_allclose(places, [0, 50, 75, 100, 0, 0])


@pytest.mark.parametrize(
    ("axis", "integer", "expected"),
    [
        (axes.Axis(-0.5, 10.5, 0, 1), False, [0, 5, 10]),
        (axes.Axis(0, 20_000, 0, 1), True, [0, 5000, 10_000, 15_000, 20_000]),
        (axes.Axis(0, 2, 0, 1), True, [0, 1, 2]),
        (axes.Axis(-2.2, 2.2, 0, 1, log=True), False, [0.01, 0.1, 1, 10, 100]),
    ],
)
def test_ticks_are_round_and_inside(axis, integer, expected):
    assert axis.ticks(5, integer) == pytest.approx(expected)


def test_marks_stand_at_their_step_and_say_why():
    curve = content.Curve("c", [0, 100], [0, 1], [0, 1], [0, 1])
    mark = content.Mark(50, "d_loss is nan")
    drawn = svg.figures([content.Panel("p", [curve], [mark])])
    middle = (svg.LEFT + svg.RIGHT) / 2
    assert "<title>step 50: d_loss is nan</title>" in drawn
    assert f'd="M{middle:.1f} {svg.TOP}V{svg.BOTTOM}"' in drawn
    assert "<li>step 50: d_loss is nan</li>" in drawn


def looks(labels_of_panels):
    panels = [
        content.Panel("p", [content.Curve(n, [0, 1], *[[0, 1]] * 3) for n in labels])
        for labels in labels_of_panels
    ]
    return re.findall(
        r'curve (hue\d).*?<title>(.*?)</title>.*?dasharray="([^"]*)"',
        svg.figures(panels),
    )


def test_thirty_curves_look_different():
    assert len({(hue, dash) for hue, _, dash in looks([map(str, range(30))])}) == 30


def test_a_label_looks_the_same_in_every_panel():
    drawn = looks([["gan", "wgan"], ["wgan"]])
    assert [label for _, label, _ in drawn] == ["gan", "wgan", "wgan"]
    assert drawn[1] == drawn[2] != drawn[0]
