"""Real images above their reconstructions."""

import dataclasses
import shutil

import imageio.v3
import numpy as np
import pytest
from fake_run import FakeRun
from rendering import render

import models
from common.errors import UserError
from datasets import tfrecord
from datasets.info import Info, Shard
from datasets.pipeline import loader
from evaluation import snapshots, training_data
from evaluation.eval_options import EvalOptions
from evaluation.pictures import grids, reconstructions
from models.base import pixels

SHAPE = (28, 28, 1)
QUICK = EvalOptions(step="latest", frames=2, sample_size=1)
SHEET = "reconstructions.png"
STRIP = 2 * 56 + grids.GAP + 2 * grids.MARGIN  # height of a row of pairs
CENTRE = grids.MARGIN + 28
COLUMNS = (CENTRE, CENTRE + 56 + grids.GAP)  # centres of two tiles


def prepared(data_dir, name, levels):
    """A dataset in two shards, with a flat image of each level."""
    directory = data_dir / name / "28px"
    directory.mkdir(parents=True)
    layout = tfrecord.RecordLayout(int(np.prod(SHAPE)))
    shards = []
    for half in np.array_split(levels, 2):
        path = directory / f"{name}-{len(shards)}.tfrecord"
        images = [bytes([level]) * layout.image_bytes for level in half]
        path.write_bytes(b"".join(layout.record(image) for image in images))
        shards.append(Shard(path.name, len(half), tfrecord.crc32c(path)))
    made = Info(
        name, "all", len(levels), 0, SHAPE, (), (), "none", "antialias", 0, "", "",
        tuple(shards), directory,
    )  # fmt: skip
    made.save()
    return made


def trained_on(made, name="a", seed=0, **options):
    """A run as train.py would leave it, with an autoencoder."""
    dataset = {
        "name": made.dataset, "count": made.count, "fingerprint": made.fingerprint
    }  # fmt: skip
    config = {"seed": seed, "image_shape": list(SHAPE), "dataset": dataset}
    return FakeRun(name, seed=seed, config=config, autoencoder=True, **options)


@pytest.fixture
def made(tmp_path):
    return prepared(tmp_path / "data", "levels", np.arange(40, 140))


@pytest.fixture
def draw(tmp_path):
    """Draws runs; returns the sheet, or None."""

    def draw(*runs):
        directory = tmp_path / "assets"
        options = dataclasses.replace(QUICK, data_dir=tmp_path / "data")
        paths = render(runs, directory, options)
        assert directory / "curves.png" in paths
        assert directory / "latent.gif" in paths
        assert (directory / SHEET in paths) == (directory / SHEET).exists()
        if directory / SHEET not in paths:
            return None
        return imageio.v3.imread(directory / SHEET, mode="RGB")

    return draw


def test_a_row_of_real_images_stands_above_the_samples(tmp_path, made):
    options = dataclasses.replace(
        QUICK, sample_size=4, real_row=True, data_dir=tmp_path / "data"
    )
    render([trained_on(made, seed=3)], tmp_path / "assets", options)
    sheet = imageio.v3.imread(tmp_path / "assets/samples/300.png", mode="RGB")
    first = training_data.first(made, 2, 3)["image"][:, 14, 14, 0]
    row = grids.CAPTION_HEIGHT + CENTRE
    tiles = [sheet[row, (sheet.shape[1] - STRIP) // 2 + x, 0] for x in COLUMNS]
    np.testing.assert_allclose(np.array(tiles) / 127.5 - 1, first, atol=0.01)


def test_without_its_images_there_is_no_row_of_them(tmp_path, made):
    options = dataclasses.replace(QUICK, real_row=True, data_dir=tmp_path / "none")
    with pytest.raises(UserError, match="cannot be shown without its images"):
        render([trained_on(made)], tmp_path / "assets", options)


def levels(sheet):
    """The tiles' levels, 0 to 255: real and reconstructed ones in reading order."""
    rows = sheet[grids.CAPTION_HEIGHT :, :, 0]
    columns = CENTRE + np.arange(8) * (56 + grids.GAP)
    tops = [CENTRE + strip * STRIP for strip in range(4)]
    real = [rows[top, columns] for top in tops]
    reconstructed = [rows[top + 56 + grids.GAP, columns] for top in tops]
    return np.ravel(real), np.ravel(reconstructed)


def first_batch(made, seed):
    """Levels of a run's first 32 images, from the pipeline that trains it."""
    batch = next(iter(loader.batches(made, 32, seed)))
    return batch["image"][:, 0, 0, 0].numpy()


def test_real_images_stand_above_what_is_made_of_them(made, draw):
    sheet = draw(trained_on(made))
    assert sheet.shape[0] == grids.CAPTION_HEIGHT + 4 * STRIP
    real, reconstructed = levels(sheet)
    darker = np.rint(real - 0.1 * 127.5)
    np.testing.assert_allclose(reconstructed, darker, atol=1)


@pytest.mark.parametrize("seed", [0, 5])
def test_they_are_the_first_that_the_run_saw(made, draw, seed):
    real, _ = levels(draw(trained_on(made, seed=seed)))
    np.testing.assert_array_equal(real, first_batch(made, seed))


def test_few_images_come_round_again(tmp_path, draw):
    made = prepared(tmp_path / "data", "few", [10, 20, 30, 40, 50])
    real, _ = levels(draw(trained_on(made)))
    np.testing.assert_array_equal(real, np.resize(real[:5], 32))
    assert sorted(real[:5]) == [10, 20, 30, 40, 50]


def test_the_caption_names_run_and_step_but_no_average(made, tmp_path, monkeypatch):
    captions = []
    caption = grids.caption
    monkeypatch.setattr(
        grids, "caption", lambda *args: captions.append(args[1:]) or caption(*args)
    )
    run = trained_on(made, networks=("generator_ema",))
    snapshot = snapshots.Snapshot(run, ema=True)
    snapshot.show(300)
    reconstructions.picture([snapshot], tmp_path / "data")
    assert captions == [("a", "step 300: real above reconstructed")]


def test_runs_without_an_autoencoder_are_left_out(made, draw):
    alone = draw(trained_on(made))
    pair = draw(trained_on(made), FakeRun("b"), trained_on(made, "c"))
    assert pair.shape == (alone.shape[0], 2 * alone.shape[1], 3)
    np.testing.assert_array_equal(pair[:, : alone.shape[1]], alone)


def test_without_any_autoencoder_there_is_no_sheet_and_nothing_to_say(draw, caplog):
    assert draw(FakeRun()) is None
    assert not caplog.messages


DAMAGES = {
    "no converted dataset": lambda made: shutil.rmtree(made.directory.parents[1]),
    "no info.json": lambda made: (
        shutil.rmtree(made.directory.parents[1]),
        made.directory.parents[1].write_text(""),
    ),
    "is damaged": lambda made: (made.directory / "info.json").write_text("{"),
    "not the data": lambda made: (
        shutil.rmtree(made.directory),
        prepared(made.directory.parents[1], made.dataset, np.arange(50)),
    ),
}


@pytest.mark.parametrize("why", DAMAGES)
def test_without_its_data_it_says_why_and_draws_the_rest(made, draw, caplog, why):
    DAMAGES[why](made)
    assert draw(trained_on(made)) is None
    (message,) = caplog.messages
    assert message.startswith("reconstructions of run a are left out: ")
    assert why in message
    assert "\n" not in message


def test_a_run_whose_data_is_there_is_drawn_beside_one_whose_is_not(made, draw):
    other = dataclasses.replace(made, dataset="gone")
    assert levels(draw(trained_on(other), trained_on(made, "b")))[0].any()


@pytest.mark.parametrize("name", ["vae", "ebgan"])
def test_a_real_autoencoder_is_shown(made, tmp_path, monkeypatch, name):
    narrow = {"z_dim": 8, "g_width": 1 / 32, "d_width": 1 / 32}
    model = models.create(name, SHAPE, **narrow)
    run = trained_on(made)
    monkeypatch.setattr(run, "fresh_model", lambda averaged: model)
    snapshot = snapshots.Snapshot(run)
    snapshot.step = 1
    assert snapshot.has_autoencoder
    real, reconstructed = levels(reconstructions.picture([snapshot], tmp_path / "data"))
    np.testing.assert_array_equal(real, first_batch(made, 0))
    images = np.ones((32, *SHAPE), np.float32) * real.reshape(-1, 1, 1, 1) / 127.5 - 1
    expected = pixels.to_rgb(model.reconstruct(np.float32(images)))[:, 14, 14, 0]
    np.testing.assert_allclose(reconstructed, expected, atol=1)
