"""Slant and thickness, against bars made by hand."""

import math

import numpy as np
import pytest

from evaluation.arithmetic import strokes

HEIGHT, WIDTH = 20, 32


def drawn(inside, level=1.0):
    """An image [1, H, W, 1] in [-1, 1] whose ink at (right, up) is `inside`."""
    right = np.arange(WIDTH)[np.newaxis]
    up = np.arange(HEIGHT)[::-1, np.newaxis]
    return 2 * level * np.float32(inside(right, up))[np.newaxis, ..., np.newaxis] - 1


def bar(width, lean=0, level=1.0):
    """A bar from top to bottom, that leans right by `lean` px per px upwards."""
    return drawn(
        lambda x, up: (x >= 8 + lean * up) & (x < 8 + width + lean * up), level
    )


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_an_upright_bar_has_its_width(width):
    assert strokes.thickness(bar(width)) == pytest.approx(width)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_level_bar_has_its_width(width):
    level = drawn(lambda x, up: (up >= 7) & (up < 7 + width) & (x >= 0))
    assert strokes.thickness(level) == pytest.approx(width)


def test_a_diagonal_bar_is_as_wide_as_at_right_angles_to_it():
    diagonal = drawn(lambda x, up: (x - up >= 4) & (x - up < 8))
    assert strokes.thickness(diagonal) == pytest.approx(4 / 2**0.5)


def test_an_edge_may_cover_part_of_a_pixel():
    half = (bar(3) + bar(2)) / 2
    assert strokes.thickness(half) == pytest.approx(2.5)


def test_faint_ink_is_as_thick():
    assert strokes.thickness(bar(3, level=0.2)) == pytest.approx(3)


@pytest.mark.parametrize("lean", [-1, -0.5, 0, 0.5, 1])
def test_a_bar_has_the_slant_that_it_was_sheared_by(lean):
    shifts = [math.floor(lean * (9.5 - row)) for row in range(HEIGHT)]
    middle = np.roll(bar(3)[0, 0], 8, axis=0)
    rows = [np.roll(middle, shift, axis=0) for shift in shifts]
    slant = strokes.slant(np.stack(rows)[np.newaxis])
    assert slant == pytest.approx(lean, abs=0.02)


def test_slant_does_not_depend_on_the_place():
    image = bar(3, 0.5)
    moved = np.roll(image, 3, axis=2)
    assert strokes.slant(moved) == pytest.approx(strokes.slant(image))


def test_an_empty_image_has_neither():
    empty = np.full((1, HEIGHT, WIDTH, 1), -1.0)
    assert strokes.thickness(empty) == strokes.slant(empty) == 0


def test_words_are_thirds_of_real_images():
    real = np.concatenate([bar(w, lean) for w in (1, 2, 3) for lean in (-0.5, 0, 0.5)])
    answers = strokes.StrokeTerciles(real).predictions(real)
    held = [
        [w for w, h in zip(strokes.WORDS, row, strict=True) if h] for row in answers
    ]
    assert held == [
        ["thin", "backslanted"], ["thin", "upright"], ["thin", "slanted"],
        ["backslanted"], ["upright"], ["slanted"],
        ["thick", "backslanted"], ["thick", "upright"], ["thick", "slanted"],
    ]  # fmt: skip
