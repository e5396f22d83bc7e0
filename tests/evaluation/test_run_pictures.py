"""What eval.py draws, of runs that need no TensorFlow."""

import dataclasses

import imageio.v3
import numpy as np
import pytest
from fake_run import FakeRun
from rendering import render

from common.errors import UserError
from evaluation import run_pictures, snapshots
from evaluation.eval_options import EvalOptions
from evaluation.pictures import grids, latent_walks

QUICK = EvalOptions(frames=6)


def made(directory):
    return {
        str(p.relative_to(directory)) for p in directory.rglob("*") if not p.is_dir()
    }


def read(path):
    return imageio.v3.imread(path, mode="RGB")


def level(path, left=0):
    """The level of the first tile right of `left` px, in [-1, 1]."""
    place = grids.MARGIN + 20
    return read(path)[grids.CAPTION_HEIGHT + place, left + place, 0] / 127.5 - 1


def walked(run, frames):
    """The latents that a run drew for latent.gif and for latent.png."""
    loop = run.model.seen[1 : frames + 1]
    return np.stack(loop), np.concatenate(run.model.seen[frames + 1 :])


WALKS = {"latent.gif", "latent.png", "curves.png"}


def test_a_run_becomes_pictures(tmp_path):
    paths = render([FakeRun()], tmp_path, QUICK)
    samples = {f"samples/{step}.png" for step in (100, 200, 300)}
    assert made(tmp_path) == samples | WALKS | {"timeline.gif"}
    assert sorted(paths) == sorted(tmp_path / name for name in made(tmp_path))


def test_each_picture_shows_its_checkpoint(tmp_path):
    run = FakeRun()
    render([run], tmp_path, QUICK)
    shade = 0.1 * np.tanh(run.model.probe(1)[0, 0])
    for step in run.steps:
        shown = level(tmp_path / "samples" / f"{step}.png")
        assert shown == pytest.approx(step / 1000 + shade, abs=0.01)


def test_the_timeline_has_a_frame_per_checkpoint(tmp_path):
    render([FakeRun()], tmp_path, dataclasses.replace(QUICK, sample_size=16))
    frames = read(tmp_path / "timeline.gif")
    assert len(frames) == 3
    np.testing.assert_array_equal(frames[-1], read(tmp_path / "samples" / "300.png"))


def test_the_step_is_written_in_each_frame(tmp_path):
    render([FakeRun()], tmp_path, QUICK)
    frames = read(tmp_path / "timeline.gif")
    captions = frames[:, : grids.CAPTION_HEIGHT]
    assert len(np.unique(captions.reshape(3, -1), axis=0)) == 3


@pytest.mark.parametrize(("step", "drawn"), [("latest", 300), ("200", 200)])
def test_one_step_has_no_timeline(tmp_path, step, drawn):
    render([FakeRun()], tmp_path, dataclasses.replace(QUICK, step=step))
    assert made(tmp_path) == {f"samples/{drawn}.png"} | WALKS


def test_walks_are_drawn_from_the_chosen_checkpoint(tmp_path):
    run = FakeRun()
    render([run], tmp_path, dataclasses.replace(QUICK, step="200"))
    assert run.model.level == 0.2


def test_a_checkpoint_that_vanishes_is_skipped(tmp_path):
    render([FakeRun(vanished=(100,))], tmp_path, QUICK)
    assert made(tmp_path) - WALKS == {
        "samples/200.png",
        "samples/300.png",
        "timeline.gif",
    }
    assert len(read(tmp_path / "timeline.gif")) == 2


def test_one_checkpoint_is_enough(tmp_path):
    render([FakeRun(steps=(100,))], tmp_path, QUICK)
    assert made(tmp_path) == {"samples/100.png", "timeline.gif"} | WALKS


def test_without_a_checkpoint_it_says_when_there_will_be_one(tmp_path):
    run = FakeRun(steps=())
    run.fresh_model = None  # is not built: that takes seconds
    with pytest.raises(UserError, match=r"run 'a' has no checkpoint yet.* 500 steps"):
        render([run], tmp_path, QUICK)
    assert not made(tmp_path)


def test_when_all_checkpoints_vanish_it_says_so(tmp_path):
    with pytest.raises(UserError, match=r"checkpoints of a were removed"):
        render([FakeRun(vanished=(100, 200, 300))], tmp_path, QUICK)


def test_an_unknown_step_draws_nothing(tmp_path):
    with pytest.raises(UserError, match="there are 100, 200, 300"):
        render([FakeRun()], tmp_path, dataclasses.replace(QUICK, step="7"))
    assert not made(tmp_path)


@pytest.mark.parametrize(("count", "side"), [(1, 1), (4, 2), (16, 4)])
def test_a_grid_has_as_many_images_as_asked_for(tmp_path, count, side):
    options = dataclasses.replace(QUICK, sample_size=count, step="latest")
    render([FakeRun(image_shape=(64, 64, 3))], tmp_path, options)
    picture = read(tmp_path / "samples" / "300.png")
    tiles = side * 64 + (side - 1) * grids.GAP + 2 * grids.MARGIN
    assert len(picture) == tiles + grids.CAPTION_HEIGHT


def test_a_grid_is_enlarged_on_demand(tmp_path):
    options = dataclasses.replace(QUICK, sample_size=4, step="latest", scale=3)
    render([FakeRun(image_shape=(64, 64, 3))], tmp_path, options)
    picture = read(tmp_path / "samples" / "300.png")
    tiles = 2 * 3 * 64 + grids.GAP + 2 * grids.MARGIN
    assert picture.shape[:2] == (tiles + grids.CAPTION_HEIGHT, tiles)


def test_frames_of_the_timeline_show_the_first_samples(tmp_path):
    options = dataclasses.replace(QUICK, sample_size=64)
    render([FakeRun(image_shape=(64, 64, 3))], tmp_path, options)
    frame = imageio.v3.imread(tmp_path / "timeline.gif", index=0)
    tiles = 4 * 64 + 3 * grids.GAP + 2 * grids.MARGIN
    assert frame.shape[:2] == (tiles + grids.CAPTION_HEIGHT, tiles)


def test_two_runs_stand_side_by_side(tmp_path):
    runs = [FakeRun("a", (100, 300)), FakeRun("b", (200, 300))]
    render(runs, tmp_path, QUICK)
    assert made(tmp_path) - WALKS == {
        "samples/200.png",
        "samples/300.png",
        "timeline.gif",
    }
    alone = grids.caption(grids.grid(np.zeros((64, 28, 28, 1))), "a", "step 100")
    pair = tmp_path / "samples" / "200.png"
    assert read(pair).shape == (alone.shape[0], 2 * alone.shape[1], 3)
    assert level(pair) == pytest.approx(0.1, abs=0.11)
    assert level(pair, alone.shape[1]) - level(pair) == pytest.approx(0.1, abs=0.01)


def test_two_runs_show_the_same_latents(tmp_path):
    runs = [FakeRun("a", seed=1), FakeRun("b", seed=2)]
    render(runs, tmp_path, QUICK)
    for a, b in zip(runs[0].model.seen, runs[1].model.seen, strict=True):
        np.testing.assert_array_equal(a, b)


def test_runs_of_other_dimensions_show_their_own_latents(tmp_path):
    runs = [FakeRun("a", z_dim=8), FakeRun("b", z_dim=4)]
    render(runs, tmp_path, QUICK)
    np.testing.assert_array_equal(runs[1].model.seen[0], runs[1].model.probe(64))


def test_runs_of_other_priors_show_their_own_latents(tmp_path):
    runs = [
        FakeRun("a", seed=1),
        FakeRun("b", seed=2, distribution="uniform"),
        FakeRun("c", seed=3, distribution="uniform"),
    ]
    render(runs, tmp_path, QUICK)
    a, b, c = (run.model.seen[0] for run in runs)
    np.testing.assert_array_equal(a, runs[0].model.probe(64))
    np.testing.assert_array_equal(b, runs[1].model.probe(64))
    np.testing.assert_array_equal(c, b)


def test_the_average_draws_on_demand(tmp_path):
    run = FakeRun(networks=("generator", "generator_ema"))
    shade = 0.1 * np.tanh(run.model.probe(1)[0, 0])
    latest = dataclasses.replace(QUICK, step="latest")
    for ema, level_of_average in ((False, 0), (True, 0.5)):
        directory = tmp_path / str(ema)
        render([run], directory, dataclasses.replace(latest, ema=ema))
        shown = level(directory / "samples" / "300.png")
        assert shown == pytest.approx(0.3 + shade + level_of_average, abs=0.01)


def test_captions_say_that_the_average_is_shown():
    snapshot = snapshots.Snapshot(FakeRun(networks=("generator_ema",)), ema=True)
    snapshot.show(100)
    assert snapshot.label == ("a", "step 100 EMA")


def test_without_an_average_it_says_how_to_train_one(tmp_path):
    averaged = ("generator", "generator_ema")
    runs = [FakeRun("a", networks=averaged), FakeRun("b")]
    with pytest.raises(UserError, match=r"run 'b' has no average.*--set ema=0\.999"):
        render(runs, tmp_path, dataclasses.replace(QUICK, ema=True))
    assert not made(tmp_path)


def test_a_checkpoint_that_stays_is_not_read_again(monkeypatch):
    run = FakeRun()
    snapshot = snapshots.Snapshot(run)
    snapshot.show(100)
    monkeypatch.setattr(run, "vanished", (100,))
    snapshot.show(100)
    assert snapshot.label == ("a", "step 100")


def test_many_images_are_drawn_in_batches_that_join():
    run = FakeRun()
    snapshot = snapshots.Snapshot(run)
    snapshot.show(100)
    z = run.model.probe(150)
    whole = run.model.draw(z)
    np.testing.assert_array_equal(snapshot.draw(z), whole)
    assert max(len(seen) for seen in run.model.seen[1:]) == snapshots.DRAWING_BATCH


def test_the_walk_is_closed_and_smooth(tmp_path):
    run = FakeRun()
    options = dataclasses.replace(QUICK, step="latest", frames=60)
    render([run], tmp_path, options)
    loop, _ = walked(run, 60)
    steps = np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=-1)
    apart = np.linalg.norm(loop[:, np.newaxis] - loop, axis=-1)
    assert steps.max() < apart.max() / 5
    np.testing.assert_allclose(loop[0], run.model.probe(16), rtol=1e-6)


def test_each_row_walks_from_one_latent_to_the_next(tmp_path):
    run = FakeRun()
    render([run], tmp_path, dataclasses.replace(QUICK, step="latest"))
    _, rows = walked(run, QUICK.frames)
    rows = rows.reshape(latent_walks.WALKS, latent_walks.STRIDES, run.z_dim)
    ends = np.stack([rows[:, 0], rows[:, -1]], axis=1).reshape(-1, run.z_dim)
    np.testing.assert_allclose(ends, run.model.probe(2 * latent_walks.WALKS), rtol=1e-6)


def test_a_loop_that_is_large_as_a_gif_is_a_webp_too(tmp_path, monkeypatch):
    monkeypatch.setattr(latent_walks.webp, "LARGE", 100)
    latest = dataclasses.replace(QUICK, step="latest")
    render([FakeRun(image_shape=(64, 64, 3))], tmp_path, latest)
    loop = imageio.v3.imread(tmp_path / "latent.webp", index=...)
    assert loop.shape[:3] == read(tmp_path / "latent.gif").shape[:3]
    monkeypatch.undo()
    render([FakeRun()], tmp_path, latest)
    assert not (tmp_path / "latent.webp").exists()  # would show the other walk


def test_walks_are_straight_on_demand(tmp_path):
    straight = dataclasses.replace(QUICK, step="latest", interpolation="linear")
    run = FakeRun()
    render([run], tmp_path, dataclasses.replace(straight, frames=12))
    loop, rows = walked(run, 12)
    np.testing.assert_allclose(loop[1], (loop[0] + loop[2]) / 2, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(rows[1], (rows[0] + rows[2]) / 2, rtol=1e-4, atol=1e-6)


def test_large_images_are_reduced_in_gifs_alone(tmp_path):
    render([FakeRun(image_shape=(256, 256, 1))], tmp_path, QUICK)
    for gif in ("timeline.gif", "latent.gif"):
        assert 500 < read(tmp_path / gif).shape[2] < 700
    assert read(tmp_path / "samples" / "300.png").shape[1] > 1000


@pytest.mark.parametrize("frames", [1, 20, 60, 1000])
def test_a_timeline_is_neither_too_fast_nor_too_slow(frames):
    durations = run_pictures.timeline_durations(frames)
    assert len(durations) == frames
    assert durations[-1] == run_pictures.HOLD_MS
    assert all(40 <= duration <= 400 for duration in durations[:-1])
