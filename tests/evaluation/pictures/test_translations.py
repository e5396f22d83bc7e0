"""Sheets, timelines and cycles of runs that translate images."""

import dataclasses
import types

import imageio.v3
import numpy as np
import pytest
import tensorflow as tf
from fake_run import FakeRun, OneWay, Translator
from rendering import render

from common.errors import UserError
from datasets.pipeline import loader
from evaluation import training_data
from evaluation.eval_options import EvalOptions
from evaluation.pictures import gifs, grids, translations

SIDE = 64
QUICK = EvalOptions(sample_size=3)
LATEST = dataclasses.replace(QUICK, step="latest")
HEADS = grids.FONT_SIZE  # height of a row of heads
SAMPLES = {f"samples/{step}.png" for step in (100, 200, 300)}
A, B = (90, 110, 130, 150), (180, 190, 200, 210)  # levels of the images held out


def translating(name="a", kind=OneWay, **options):
    return FakeRun(name, kind=kind, image_shape=(SIDE, SIDE, 3), **options)


@pytest.fixture
def held_out(monkeypatch):
    """Sets what is held out: flat images of A's and B's levels."""

    def held_out(paired=True, part="test", side=SIDE):
        def flat(levels):
            rows = tf.reshape(tf.constant(levels, tf.uint8), (-1, 1, 1, 1))
            return tf.tile(rows, (1, side, side, 3))

        def shown(made, count):
            images = {"a": flat(A[:count]), "b": flat(B[:count])}
            pairs = {"source": images["a"], "target": images["b"]}
            return images | pairs if paired else images

        made = types.SimpleNamespace(held_out=part)
        monkeypatch.setattr(training_data, "trained_on", lambda *_: made)
        monkeypatch.setattr(loader, "shown", shown, raising=False)

    return held_out


def files(directory):
    found = (p for p in directory.rglob("*") if p.is_file())
    return {str(p.relative_to(directory)) for p in found}


def read(path, index=None):
    return imageio.v3.imread(path, mode="RGB", index=index)


def levels(sheet, columns, rows, top=grids.CAPTION_HEIGHT, left=0):
    """The tiles' levels below a caption at `top` and heads, [rows, columns]."""
    place, stride = grids.MARGIN + SIDE // 2, SIDE + grids.GAP
    down = top + grids.CAPTION_HEIGHT + HEADS + place + stride * np.arange(rows)
    return sheet[down][:, left + place + stride * np.arange(columns), 0].tolist()


def test_inputs_outputs_and_targets_stand_side_by_side(tmp_path, held_out):
    held_out()
    made = render([translating()], tmp_path, QUICK)
    assert files(tmp_path) == SAMPLES | {"timeline.gif", "curves.png"}
    assert sorted(made) == sorted(tmp_path / name for name in files(tmp_path))
    for step in (100, 200, 300):
        sheet = read(tmp_path / f"samples/{step}.png")
        lighter = round(0.5 * step / 1000 * 127.5 - 1e-6)  # what BtoA does
        expected = [[b, b + lighter, a] for a, b in zip(A[:3], B[:3], strict=True)]
        np.testing.assert_allclose(levels(sheet, 3, 3), expected, atol=1)


def test_each_direction_has_its_own_sheet(tmp_path, held_out):
    held_out()
    options = dataclasses.replace(LATEST, sample_size=1)
    render([translating(kind=Translator)], tmp_path, options)
    sheet = read(tmp_path / "samples/300.png")
    one = grids.CAPTION_HEIGHT + HEADS + SIDE + 2 * grids.MARGIN
    np.testing.assert_allclose(
        levels(sheet, 3, 1) + levels(sheet, 3, 1, grids.CAPTION_HEIGHT + one),
        [[A[0], A[0] - 38, B[0]], [B[0], B[0] + 19, A[0]]],
        atol=1,
    )
    assert len(sheet) == grids.CAPTION_HEIGHT + 2 * one


def test_without_pairs_there_are_no_targets(tmp_path, held_out):
    held_out(paired=False)
    render([translating()], tmp_path, dataclasses.replace(LATEST, sample_size=2))
    sheet = read(tmp_path / "samples/300.png")
    expected = [[b, b + 19] for b in B[:2]]
    np.testing.assert_allclose(levels(sheet, 2, 2), expected, atol=1)
    assert sheet.shape[1] == max(2 * (SIDE + grids.MARGIN) + grids.GAP, grids.MIN_WIDTH)


@pytest.mark.parametrize(
    ("rows", "columns", "ways", "across", "down"),
    [(1, 3, 2, 1, 1), (4, 3, 1, 1, 4), (16, 3, 1, 2, 8), (16, 2, 2, 4, 4)],
)
def test_many_rows_stand_in_blocks(rows, columns, ways, across, down):
    images = {str(k): np.zeros((rows, SIDE, SIDE, 1)) for k in range(columns)}
    sheet = translations.sheet(images, ways)
    block = columns * (SIDE + grids.GAP) - grids.GAP + 2 * grids.MARGIN
    height = down * (SIDE + grids.GAP) - grids.GAP + 2 * grids.MARGIN
    assert sheet.shape == (height + HEADS, across * block, 3)


def test_captions_say_what_is_shown(tmp_path, held_out, captions):
    held_out()
    render([translating("cat", Translator)], tmp_path, LATEST)
    ways = [("AtoB", "test images"), ("BtoA", "test images")]
    back = [("AtoB, BtoA", "test images"), ("BtoA, AtoB", "test images")]
    step = [("cat", "step 300")]
    assert captions == ways + step + ways + step + back + step


def test_captions_do_not_call_what_was_trained_on_a_test(tmp_path, held_out, captions):
    held_out(part=None)
    render([translating()], tmp_path, LATEST)
    assert captions[0] == ("BtoA", "training images")


def test_the_timeline_follows_the_first_image(tmp_path, held_out):
    held_out()
    render([translating(kind=Translator)], tmp_path, QUICK)
    frames = read(tmp_path / "timeline.gif")
    one = grids.CAPTION_HEIGHT + HEADS + SIDE + 2 * grids.MARGIN
    assert frames.shape[:2] == (3, grids.CAPTION_HEIGHT + 2 * one)
    for frame, darker in zip(frames, (13, 25, 38), strict=True):
        (row,) = levels(frame, 3, 1)
        np.testing.assert_allclose(row, [A[0], A[0] - darker, B[0]], atol=1)


def test_a_cycle_is_shown_at_the_last_step(tmp_path, held_out):
    held_out()
    options = dataclasses.replace(QUICK, sample_size=1)
    render([translating(kind=Translator)], tmp_path, options)
    sheet = read(tmp_path / "reconstructions.png")
    one = grids.CAPTION_HEIGHT + HEADS + SIDE + 2 * grids.MARGIN
    np.testing.assert_allclose(
        levels(sheet, 3, 1) + levels(sheet, 3, 1, grids.CAPTION_HEIGHT + one),
        [[A[0], A[0] - 38, A[0] - 19], [B[0], B[0] + 19, B[0] - 19]],
        atol=1,
    )


def test_large_images_are_reduced_in_gifs_alone(tmp_path, held_out):
    held_out(side=256)
    render([translating()], tmp_path, LATEST)
    render([translating()], tmp_path, dataclasses.replace(QUICK, step="all"))
    assert read(tmp_path / "samples/300.png").shape[1] > 3 * 256
    assert read(tmp_path / "timeline.gif").shape[2] < gifs.GRID_WIDTH


def test_runs_stand_side_by_side(tmp_path, held_out):
    held_out()
    runs = [translating("one"), translating("two", Translator, steps=(100,))]
    render(runs, tmp_path, LATEST)
    sheet = read(tmp_path / "samples/300.png")
    left = 3 * (SIDE + grids.GAP) - grids.GAP + 2 * grids.MARGIN
    rows = levels(sheet, 3, 1)[0], levels(sheet, 3, 1, left=left)[0]
    expected = [[B[0], B[0] + 19, A[0]], [A[0], A[0] - 13, B[0]]]
    np.testing.assert_allclose(rows, expected, atol=1)
    cycles = read(tmp_path / "reconstructions.png")  # of the second alone
    assert cycles.shape[1] < sheet.shape[1]


@pytest.mark.parametrize("order", [1, -1])
def test_translators_beside_others_are_refused(tmp_path, order):
    pair = [FakeRun("noise"), translating("pairs")][::order]
    with pytest.raises(
        UserError, match="'pairs' translates images and run 'noise' makes them from"
    ):
        render(pair, tmp_path, QUICK)
    assert not files(tmp_path)


def test_without_its_data_nothing_is_drawn(tmp_path):
    options = dataclasses.replace(QUICK, data_dir=tmp_path / "data")
    with pytest.raises(
        UserError, match=r"run 'a' cannot be shown .*fake.*; --data_dir is .*data$"
    ):
        render([translating()], tmp_path / "assets", options)
    assert not files(tmp_path)
