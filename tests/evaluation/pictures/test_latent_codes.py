"""Grids, walks and GIFs of labels and latent codes."""

import itertools
import types

import imageio.v3
import numpy as np
import pytest
from fake_run import CodedModel, FakeCode, FakeRun, InfoModel
from rendering import render

from evaluation import snapshots, training_data
from evaluation.eval_options import EvalOptions
from evaluation.pictures import grids, interpolation, latent_codes, latent_walks

RGB = (64, 64, 3)
QUICK = EvalOptions(step="latest", frames=6)


def coded_run(name="a", kind=CodedModel, **options):
    return FakeRun(name, kind=kind, image_shape=RGB, **options)


@pytest.fixture
def named(monkeypatch):
    """Stands for a dataset with five classes."""
    made = types.SimpleNamespace(classes=("ant", "bee", "cow", "dog", "elk"))
    monkeypatch.setattr(training_data, "find", lambda *_: made)


@pytest.fixture
def draw(tmp_path):
    """Draws the codes alone, at step 300; returns the files' names."""

    def draw(*runs, most=16, frames=6):
        shown = [snapshots.Snapshot(run) for run in runs]
        for snapshot in shown:
            snapshot.show(300)
        made = latent_codes.draw(shown, tmp_path, most, frames, tmp_path)
        return [str(path.relative_to(tmp_path)) for path in made]

    return draw


def tiles(path, rows, columns):
    """The colours of a sheet's tiles in [-1, 1], from the lower right corner."""
    picture = imageio.v3.imread(path, mode="RGB") / 127.5 - 1
    stride, middle = 64 + grids.GAP, grids.MARGIN + 32
    return np.stack(
        [
            picture[-middle - stride * row, -middle - stride * np.arange(columns)]
            for row in range(rows)
        ]
    )[::-1, ::-1]


def drawn(run, frames):
    """The latents of the last pictures that a run drew: [frames, n, d]."""
    return np.stack(run.model.seen[-frames:])


@pytest.mark.usefixtures("named")
def test_a_run_with_labels_gets_its_pictures(tmp_path):
    made = render([coded_run()], tmp_path, QUICK)
    codes = ["label.png", "label-between.png", "label.gif"]
    assert [path for path in made if path.parent.name == "codes"] == [
        tmp_path / "codes" / name for name in codes
    ]
    assert {"latent.gif", "latent.png", "300.png"} < {path.name for path in made}
    assert all(path.stat().st_size for path in made)


def test_a_run_without_codes_gets_none_and_nothing_is_said(tmp_path, caplog):
    render([FakeRun()], tmp_path, QUICK)
    assert not (tmp_path / "codes").exists()
    assert not caplog.messages


@pytest.mark.usefixtures("named")
def test_a_category_has_a_row_and_a_noise_a_column(draw, tmp_path):
    run = coded_run()
    draw(run)
    red, green, blue = np.moveaxis(tiles(tmp_path / "codes/label.png", 5, 10), -1, 0)
    noise = run.model.probe(10)
    across, down = np.ones((1, 10)), np.ones((5, 1))
    np.testing.assert_allclose(red, down * noise[:, 0], atol=0.01)
    np.testing.assert_allclose(blue, down * noise[:, 1:4].mean(1), atol=0.01)
    np.testing.assert_allclose(green, np.c_[0:1:5j] * across, atol=0.01)


def test_a_range_lies_across_and_a_noise_keeps_its_row(draw, tmp_path):
    run = coded_run(kind=InfoModel)
    draw(run)
    red, green, blue = np.moveaxis(tiles(tmp_path / "codes/c2.png", 10, 11), -1, 0)
    across, down = np.ones((1, 11)), np.ones((10, 1))
    np.testing.assert_allclose(blue, down * np.linspace(-1, 1, 11), atol=0.01)
    np.testing.assert_allclose(red, run.model.probe(10)[:, :1] * across, atol=0.01)
    categories = np.resize([0, 0.5, 1], (10, 1))
    np.testing.assert_allclose(green, categories * across, atol=0.01)


@pytest.mark.usefixtures("named")
def test_a_row_goes_from_a_category_to_the_next_with_one_noise(draw, tmp_path):
    run = coded_run()
    draw(run)
    sheet = tmp_path / "codes/label-between.png"
    red, green, _ = np.moveaxis(tiles(sheet, 5, 10), -1, 0)
    np.testing.assert_allclose(red, run.model.probe(1)[0, 0], atol=0.01)
    ends = [0, 0.25, 0.5, 0.75, 1, 0]
    expected = [np.linspace(*pair, 10) for pair in itertools.pairwise(ends)]
    np.testing.assert_allclose(green, expected, atol=0.01)


@pytest.mark.parametrize(
    ("position", "values"),
    [
        (0, [[1, 0, 0], [.5, .5, 0], [0, 1, 0], [0, .5, .5], [0, 0, 1], [.5, 0, .5]]),
        (1, [[-1], [-1 / 3], [1 / 3], [1], [1 / 3], [-1 / 3]]),
    ],
)  # fmt: skip
def test_in_a_gif_one_code_moves_and_nothing_else(position, values):
    run = coded_run(kind=InfoModel)
    snapshot = snapshots.Snapshot(run)
    snapshot.show(300)
    z = run.model.probe(16)
    traversal = latent_codes.CodeTraversal(snapshot, position, z, None)
    latent_codes.animate([traversal], 6, 16)
    seen = drawn(run, 6)
    expected = np.broadcast_to(z, seen.shape).copy()
    expected[..., run.model.codes[position].span] = np.array(values)[:, np.newaxis]
    np.testing.assert_allclose(seen, expected, atol=1e-6)


@pytest.mark.parametrize("frames", [1, 6, 30])
def test_gifs_have_the_frames_asked_for(draw, tmp_path, frames):
    draw(coded_run(kind=InfoModel), frames=frames)
    for name in ("c1", "c2"):
        gif = imageio.v3.imread(tmp_path / f"codes/{name}.gif", index=None)
        assert len(gif) == frames


@pytest.mark.parametrize(("most", "shown"), [(4, 4), (16, 16), (100, 16)])
def test_gifs_show_no_more_images_than_asked_for(draw, most, shown):
    run = coded_run(kind=InfoModel)
    draw(run, most=most)
    assert drawn(run, 6).shape[1] == shown


@pytest.mark.usefixtures("named")
def test_captions_name_the_classes_in_the_frame(captions, draw):
    draw(coded_run(), frames=15)
    codes = [left for left, _ in captions[::2]]
    assert codes[:5] == [
        "label: a noise per column",
        "label: from each to the next, one noise",
        "label: ant",
        "label: ant (67%), bee (33%)",
        "label: bee (67%), ant (33%)",
    ]
    assert codes[-1] == "label: ant (67%), elk (33%)"
    assert set(captions[1::2]) == {("a", "step 300")}


def test_captions_name_the_value_in_the_frame(captions, draw):
    draw(coded_run(kind=InfoModel), frames=4)
    assert [left for left, _ in captions[-8::2]] == [
        "c2: -1.00", "c2: +0.00", "c2: +1.00", "c2: +0.00"
    ]  # fmt: skip


@pytest.mark.usefixtures("named")
def test_rows_are_named_by_the_datasets_classes(draw, monkeypatch):
    named_rows = []
    name_rows = grids.name_rows
    monkeypatch.setattr(
        grids, "name_rows", lambda *args: named_rows.append(args[1]) or name_rows(*args)
    )
    draw(coded_run())
    assert named_rows == [
        ["ant", "bee", "cow", "dog", "elk"],
        ["ant to bee", "bee to cow", "cow to dog", "dog to elk", "elk to ant"],
    ]


@pytest.mark.parametrize("classes", [(), ("ant", "bee")])
def test_other_classes_are_not_its_names(monkeypatch, classes):
    made = types.SimpleNamespace(classes=classes)
    monkeypatch.setattr(training_data, "find", lambda *_: made)
    snapshot = snapshots.Snapshot(coded_run())
    traversal = latent_codes.CodeTraversal(snapshot, 0, np.zeros((1, 9)), None)
    assert traversal.names == ["0", "1", "2", "3", "4"]


def test_without_its_data_categories_are_numbers_and_it_says_why(draw, caplog):
    assert len(draw(coded_run())) == 3
    (message,) = caplog.messages
    assert message.startswith("names of classes of run a are left out: ")


def test_a_code_that_is_no_label_is_not_named_by_classes(draw, monkeypatch):
    monkeypatch.setattr(training_data, "find", None)
    assert draw(coded_run(kind=InfoModel)) == [
        "codes/c1.png", "codes/c1-between.png", "codes/c1.gif",
        "codes/c2.png", "codes/c2.gif",
    ]  # fmt: skip


class Many(InfoModel):
    codes = (FakeCode("number", "categorical", 4, 1000),)


def test_of_many_categories_the_first_are_drawn_and_it_says_so(
    captions, draw, tmp_path
):
    run = coded_run(kind=Many)
    draw(run)
    height = 20 * 64 + 19 * grids.GAP + 2 * grids.MARGIN + 2 * grids.CAPTION_HEIGHT
    for name in ("number.png", "number-between.png"):
        assert len(imageio.v3.imread(tmp_path / "codes" / name)) == height
    assert {right for _, right in captions[::2]} == {"the first 20 of 1,000"}
    assert not any(z[:, 4:][:, 20:].any() for z in run.model.seen)


@pytest.mark.usefixtures("named")
def test_runs_with_the_same_codes_stand_side_by_side(draw, tmp_path):
    draw(coded_run("a"))
    alone = imageio.v3.imread(tmp_path / "codes/label.png")
    draw(coded_run("a"), coded_run("b", seed=1))
    pair = imageio.v3.imread(tmp_path / "codes/label.png")
    np.testing.assert_array_equal(pair[:, : alone.shape[1]], alone)
    strips = np.split(pair[grids.CAPTION_HEIGHT :], 2, axis=1)
    np.testing.assert_array_equal(*strips)  # the same latents


def test_different_codes_are_left_out_with_a_warning(draw, tmp_path, caplog):
    assert not draw(coded_run("a"), coded_run("b", kind=InfoModel), FakeRun("c"))
    (message,) = caplog.messages
    assert message.startswith("codes of a and b and c are left out")
    assert not (tmp_path / "codes").exists()


@pytest.mark.usefixtures("named")
def test_the_loop_moves_through_the_noise_alone(tmp_path):
    run = coded_run()
    render([run], tmp_path, QUICK)
    z = run.model.probe(16 * latent_walks.STATIONS).reshape(
        latent_walks.STATIONS, 16, -1
    )
    loop = np.stack(run.model.seen[1:7])
    np.testing.assert_array_equal(loop[..., 4:], np.stack([z[0, :, 4:]] * 6))
    noise = interpolation.closed_loop(z[..., :4], 6)
    np.testing.assert_allclose(loop[..., :4], noise, rtol=1e-6)


@pytest.mark.usefixtures("named")
def test_each_row_of_latents_keeps_its_codes(tmp_path):
    run = coded_run()
    render([run], tmp_path, QUICK)
    z = run.model.probe(2 * latent_walks.WALKS)
    count = latent_walks.WALKS * latent_walks.STRIDES
    rows = np.concatenate(run.model.seen[7:])[:count]
    rows = rows.reshape(latent_walks.WALKS, latent_walks.STRIDES, -1)
    np.testing.assert_array_equal(rows[..., 4:].swapaxes(0, 1), [z[::2, 4:]] * 10)
    np.testing.assert_allclose(rows[:, -1, :4], z[1::2, :4], rtol=1e-6)
