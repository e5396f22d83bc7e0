"""Images as captioned pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from evaluation.pictures import grids

EDGE = grids.MARGIN


def flat(*values, side=64, channels=3):
    """One flat image per value."""
    return np.ones((len(values), side, side, channels)) * np.reshape(
        values, (-1, 1, 1, 1)
    )


@pytest.mark.parametrize(
    ("count", "columns"),
    [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (7, 3), (8, 4), (10, 5), (12, 4), (16, 4)],
)
def test_grids_are_near_square(count, columns):
    assert grids.near_square(count) == columns


def test_tiles_are_laid_out_row_by_row():
    picture = grids.grid(flat(-1, -0.5, 0, 0.5, channels=1), columns=2)
    stride = 64 + grids.GAP
    corners = picture[EDGE::stride, EDGE::stride, 0][:2, :2]
    assert corners.tolist() == [[0, 64], [128, 191]]
    assert picture.shape == (2 * 64 + grids.GAP + 2 * EDGE,) * 2 + (3,)


def test_what_is_no_tile_is_background():
    picture = grids.grid(flat(-1, -1, -1))
    dark = (picture == 0).all(axis=-1)
    assert dark.sum() == 3 * 64 * 64
    assert (picture[~dark] == grids.BACKGROUND).all()
    assert not dark[EDGE + 64 + grids.GAP :, EDGE + 64 + grids.GAP :].any()


@pytest.mark.parametrize(("side", "shown"), [(8, 64), (28, 56), (32, 64), (48, 48)])
def test_small_images_are_enlarged_without_blur(side, shown):
    images = np.random.default_rng(0).choice([-1, 1], (1, side, side, 1))
    picture = grids.grid(images)[EDGE:-EDGE, EDGE:-EDGE, 0]
    factor = shown // side
    assert picture.shape == (shown, shown)
    np.testing.assert_array_equal(
        picture, np.kron(images[0, ..., 0] * 255 > 0, np.ones((factor, factor))) * 255
    )


def test_wide_grids_are_reduced_to_means():
    halves = np.broadcast_to([-1.0, 1.0], (4, 256, 128, 2)).reshape(4, 256, 256, 1)
    picture = grids.grid(halves, limit=256)
    tile = picture[EDGE : EDGE + 128, EDGE : EDGE + 128]
    assert picture.shape[1] == 2 * 128 + grids.GAP + 2 * EDGE
    assert set(np.unique(tile)) == {128}


def test_enlarged_grids_respect_the_limit():
    assert grids.grid(flat(0, 0, side=8), limit=60).shape[1] <= 60 + 2 * EDGE + 2


def test_tiles_are_enlarged_by_a_scale():
    images = np.linspace(-1, 1, 2 * 64 * 64).reshape(2, 64, 64, 1)
    picture, larger = grids.grid(images), grids.grid(images, scale=2)
    edge, side = grids.MARGIN, 64
    tile = picture[edge : edge + side, edge : edge + side]
    enlarged = larger[edge : edge + 2 * side, edge : edge + 2 * side]
    np.testing.assert_array_equal(enlarged[::2, 1::2], tile)


def test_a_caption_leaves_the_picture_as_it_is():
    picture = grids.grid(flat(*np.linspace(-1, 1, 16)))
    captioned = grids.caption(picture, "run1", "step 1,200")
    np.testing.assert_array_equal(captioned[grids.CAPTION_HEIGHT :], picture)
    strip = captioned[: grids.CAPTION_HEIGHT]
    assert (strip.min(axis=(0, 2)) < 128)[: EDGE + 30].any()
    assert (strip.min(axis=(0, 2)) < 128)[-EDGE - 30 :].any()


def test_a_long_name_does_not_reach_the_step():
    picture = grids.grid(flat(0))
    short, long = (grids.caption(picture, name, "step 7") for name in ("a", "a" * 99))
    assert short.shape == long.shape
    step = int(grids.font().getlength("step 7")) + grids.MARGIN + 4
    np.testing.assert_array_equal(short[:, -step:], long[:, -step:])


def test_a_narrow_picture_is_widened_until_the_step_fits():
    picture = grids.grid(flat(-1, side=8))
    captioned = grids.caption(picture, "run1", "step 1,000,000 EMA")
    missing = captioned.shape[1] - picture.shape[1]
    assert captioned.shape[1] >= grids.font().getlength("step 1,000,000 EMA") + 40
    shown = captioned[grids.CAPTION_HEIGHT :, missing // 2 :][:, : picture.shape[1]]
    np.testing.assert_array_equal(shown, picture)


def test_frames_keep_their_size_whatever_the_step():
    picture = grids.grid(flat(0, side=28))
    sizes = {grids.caption(picture, "run1", f"step {10**n:,}").shape for n in range(8)}
    assert len(sizes) == 1


def test_elided_text_fits():
    assert grids.elide("run1", 100) == "run1"
    cut = grids.elide("a-very-long-name-of-a-run", 60)
    assert cut.endswith("…")
    assert grids.font().getlength(cut) <= 60


def test_pictures_stand_side_by_side_at_the_top():
    low, high = np.zeros((5, 3, 3), np.uint8), np.zeros((9, 4, 3), np.uint8)
    joined = grids.beside([low, high])
    assert joined.shape == (9, 7, 3)
    assert (joined[5:, :3] == grids.BACKGROUND).all()
    assert not joined[:5].any()


def test_png_is_lossless():
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(grids.png(picture))))
    np.testing.assert_array_equal(decoded, picture)


def test_rows_are_named_at_their_middle():
    picture = grids.grid(flat(-1, 0, 1), columns=1)
    named = grids.name_rows(picture, ["ant", "", "e" * 99])
    room = named.shape[1] - picture.shape[1]
    assert room == grids.LONGEST_NAME + grids.MARGIN
    np.testing.assert_array_equal(named[:, room:], picture)
    assert (named[:, : grids.MARGIN] == grids.BACKGROUND).all()
    inked = np.flatnonzero((named[:, :room] < 128).any(axis=(1, 2)))
    stride = 64 + grids.GAP
    middles = EDGE + 32 + stride * np.array([0, 2])
    assert (np.abs(inked[:, np.newaxis] - middles).min(axis=1) < 8).all()
    assert (np.abs(inked[:, np.newaxis] - middles).min(axis=0) < 3).all()


def test_columns_are_named_above_their_middle():
    picture = grids.grid(flat(-1, 0, 1), columns=3)
    named = grids.name_columns(picture, ["x", "", "e" * 99])
    above = len(named) - len(picture)
    np.testing.assert_array_equal(named[above + EDGE :], picture[EDGE:])
    inked = np.flatnonzero((named[: above + EDGE] < 128).any(axis=(0, 2)))
    x, name = inked[inked < 64 + EDGE], inked[inked >= 64 + EDGE]
    assert abs(x.mean() - EDGE - 32) < 2
    assert name.min() >= EDGE + 2 * (64 + grids.GAP) - grids.GAP


def test_pictures_stand_below_each_other_at_the_left():
    narrow, wide = np.zeros((3, 5, 3), np.uint8), np.zeros((4, 9, 3), np.uint8)
    joined = grids.stack([narrow, wide])
    assert joined.shape == (7, 9, 3)
    assert (joined[:3, 5:] == grids.BACKGROUND).all()
    assert not joined[:3, :5].any()
