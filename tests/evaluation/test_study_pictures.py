"""What a study's page shows of its runs."""

import io

import numpy as np
import pytest
from fake_data import converted
from fake_run import FakeRun
from PIL import Image

from evaluation import snapshots, studies, study_pictures
from evaluation.pictures import grids

SIDE = 8


def drawn(gallery, entry, seed, steps, shape=(SIDE, SIDE, 1)):
    """Draws a run into the gallery."""
    run = FakeRun(f"{entry}-seed{seed}", image_shape=shape)
    snapshot = snapshots.Snapshot(run)
    gallery.begin([studies.StudyRun(entry, seed, run, 300, steps)], [snapshot])
    for step in steps:
        snapshot.show(step)
        gallery.draw(step)
    gallery.finish()
    return run


@pytest.fixture
def gallery():
    return study_pictures.StudyGallery(seed=7)


def test_each_run_has_a_track_of_the_latents_of_the_protocols_seed(gallery):
    run = drawn(gallery, "gan", 0, [100, 200])
    (track,) = gallery.tracks
    assert (track.title, track.steps) == ("gan, seed 0", [100, 200])
    assert (track.column, track.row) == ("gan", "seed 0")
    for z in run.model.seen[:2]:
        np.testing.assert_array_equal(z, run.model.probe(64, 7))
    with Image.open(io.BytesIO(track.frames[0])) as frame:
        assert frame.mode == "L"
        level = np.asarray(frame)[6, 6] / 127.5 - 1
    shade = 0.1 * np.tanh(run.model.probe(1, 7)[0, 0])
    assert level == pytest.approx(0.1 + shade, abs=0.01)


def test_the_first_run_of_an_entry_has_a_walk_and_samples(gallery):
    for entry, seed in (("gan", 0), ("vae", 0), ("gan", 1)):
        drawn(gallery, entry, seed, [100])
    assert [track.title for track in gallery.tracks] == [
        "gan, seed 0", "vae, seed 0", "gan, seed 1"
    ]  # fmt: skip
    assert [walk.title for walk in gallery.walks] == ["gan, seed 0", "vae, seed 0"]
    assert list(gallery.samples) == ["gan", "vae"]


def test_a_run_without_checkpoints_leaves_its_place_to_the_next(gallery):
    drawn(gallery, "gan", 0, [])
    drawn(gallery, "gan", 1, [100])
    assert [track.title for track in gallery.tracks] == ["gan, seed 1"]
    assert [walk.title for walk in gallery.walks] == ["gan, seed 1"]


def test_an_entrys_samples_stand_beside_their_neighbours(gallery, tmp_path):
    info = converted(tmp_path, "flat", np.full((30, SIDE, SIDE, 1), 0.1))
    drawn(gallery, "gan", 0, [100])
    (picture,) = gallery.neighbours(info, tmp_path)
    assert picture.title == "gan and the nearest in pixels, in random"
    with Image.open(io.BytesIO(picture.data)) as sheet:
        tiles = [
            (side - 2 * grids.MARGIN + grids.GAP) / (SIDE + grids.GAP)
            for side in sheet.size
        ]
    assert tiles == [1 + 2 * 3, 4]


def test_samples_that_are_not_finite_have_no_neighbours(gallery, tmp_path):
    gallery.samples = {"gan": np.full((4, SIDE, SIDE, 1), np.nan)}
    assert gallery.neighbours(None, tmp_path) == []
