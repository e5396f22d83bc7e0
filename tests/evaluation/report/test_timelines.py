"""Tracks line up by model and seed; runs side by side are cut apart."""

import numpy as np
import pytest

from evaluation.pictures import grids
from evaluation.report import content, timelines


def track(column, row="", steps=(1,), frames=(b"",)):
    return content.Track(f"{column} {row}", steps, frames, "alt", column, row)


def flat(level, side=8):
    """A run's captioned picture: one image of a level."""
    grid = grids.grid(np.full((1, side, side, 1), level))
    return grids.caption(grid, "name", "step 1")


def test_seeds_are_rows_and_models_columns_with_gaps_where_a_run_is_missing():
    tracks = [track("gan", "seed 0"), track("vae", "seed 0"), track("vae", "seed 1")]
    timeline = timelines.arranged([*tracks, track("wgan", "seed 1")])
    assert timeline.columns == ["gan", "vae", "wgan"]
    places = [
        (row.name, [own and own.title for own in row.tracks]) for row in timeline.rows
    ]
    assert places == [
        ("seed 0", ["gan seed 0", "vae seed 0", None]),
        ("seed 1", [None, "vae seed 1", "wgan seed 1"]),
    ]


def test_a_second_track_of_a_place_has_a_row_of_its_own():
    timeline = timelines.arranged([track("a", steps=(1,)), track("a", steps=(2,))])
    assert [row.tracks[0].steps for row in timeline.rows] == [(1,), (2,)]


def test_a_track_without_a_step_has_no_place():
    assert timelines.arranged([track("a", steps=(), frames=())]).columns == []


@pytest.mark.parametrize(("columns", "wide"), [("a", False), ("ab", True)])
def test_several_columns_take_the_width_of_the_page(columns, wide):
    frame = grids.png(np.zeros((10, 10, 3), np.uint8))
    tracks = [track(column, frames=(frame,)) for column in columns]
    assert timelines.arranged(tracks).is_wide == wide


def test_a_wide_picture_takes_the_width_of_the_page():
    frame = grids.png(np.zeros((10, 20, 3), np.uint8))
    assert timelines.arranged([track("a", frames=(frame,))]).is_wide


def test_runs_side_by_side_are_cut_apart():
    pictures = [flat(-1), flat(0.5)]
    frame = grids.png(grids.beside(pictures))
    tracks = timelines.by_run(track("a+b", frames=[frame]), ["a", "b"])
    assert [(own.title, own.column) for own in tracks] == [("a", "a"), ("b", "b")]
    for own, picture in zip(tracks, pictures, strict=True):
        np.testing.assert_array_equal(timelines.decoded(own.frames[0]), picture)


@pytest.mark.parametrize("sides", [(300, 310), (300, 390)])
def test_pictures_of_other_sizes_stay_together(sides):
    frame = grids.png(grids.beside([flat(-1, side) for side in sides]))
    whole = track("a+b", frames=[frame])
    assert timelines.by_run(whole, ["a", "b"]) == [whole]


def test_tracks_that_are_too_long_keep_their_last_frames():
    steps = list(range(1, 101))
    (thin,) = timelines.thinned([track("a", steps=steps, frames=[b"x"] * 100)])
    assert thin.steps[-1] == 100
    assert len(thin.frames) == len(thin.steps) <= timelines.MOST_FRAMES
    assert set(np.diff(thin.steps)) == {4}


def test_tracks_that_are_too_large_have_fewer_frames():
    frames = [bytes(timelines.MOST_BYTES // 2)] * 4
    tracks = [track("a", steps=[1, 2, 3, 4], frames=frames)]
    (thin,) = timelines.thinned(tracks)
    assert thin.steps == [2, 4]
