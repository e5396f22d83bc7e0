"""What eval.py draws and counts of runs on points."""

import dataclasses
import json
import types

import imageio.v3
import numpy as np
import pytest
from fake_run import FakeModel, FakeRun
from rendering import render

from common.errors import UserError
from evaluation import eval_command, training_data
from evaluation.eval_options import EvalOptions
from evaluation.metrics import modes
from evaluation.pictures import gifs, grids, scatter
from evaluation.report import run_page
from training import runs

QUICK = EvalOptions(frames=2)
POINT = (1, 1, 2)
CENTRES = [[-0.5, 0.5], [0.5, 0.5]]
SAMPLES = {f"samples/{step}.png" for step in (100, 200, 300)}
ALWAYS = {"timeline.gif", "curves.png"}
ORIGIN = (2 * grids.CAPTION_HEIGHT + grids.MARGIN, grids.MARGIN)  # row, column


class PointModel(FakeModel):
    """At step 100 it makes one mode's centre, then both in turn, then at 300 noise."""

    def draw(self, z):
        if self.level == 0.3:
            return 0.1 * z[:, :2].reshape(-1, *POINT) - [0, 0.5]
        both = np.array(CENTRES)[(z[:, 0] > 0) * (self.level == 0.2) * 1]
        return both.reshape(-1, *POINT)


def point_run(name="a", **options):
    dataset = {"name": "ring8", "fingerprint": ""}
    config = {"dataset": dataset, "image_shape": list(POINT), "seed": 0}
    run = FakeRun(name, image_shape=POINT, config=config, **options)
    run.model.__class__ = PointModel
    return run


@pytest.fixture
def known(monkeypatch):
    """Stands for the shards: real points are at the two centres and at (0, -0.9)."""
    made = types.SimpleNamespace(truth={"centres": CENTRES, "deviation": 0.01})
    seen = np.resize([*CENTRES, [0, -0.9]], (scatter.POINTS_DRAWN, *POINT))
    monkeypatch.setattr(training_data, "find", lambda *_: made)
    monkeypatch.setattr(training_data, "first", lambda *_: {"image": seen})


def files(directory):
    found = (p for p in directory.rglob("*") if p.is_file())
    return {str(p.relative_to(directory)) for p in found}


def read(path):
    return imageio.v3.imread(path, mode="RGB")


def colour(picture, x, y, left=0):
    """The pixel of a point of the plane in the plot that begins at `left`."""
    row = ORIGIN[0] + round((1 - y) / 2 * (scatter.PLOT_SIDE - 1))
    column = left + ORIGIN[1] + round((1 + x) / 2 * (scatter.PLOT_SIDE - 1))
    return tuple(picture[row, column].tolist())


@pytest.mark.usefixtures("known")
def test_points_become_plots_and_counts_but_no_walk(tmp_path):
    paths = render([point_run(autoencoder=True)], tmp_path, QUICK)
    assert files(tmp_path) == SAMPLES | ALWAYS | {modes.MODES_FILE}
    assert sorted(paths) == sorted(tmp_path / name for name in files(tmp_path))
    counts = json.loads((tmp_path / modes.MODES_FILE).read_text())
    one = {"samples": 2500, "of": 2, "modes": 1, "high_quality": 1}
    assert list(counts) == ["a"]
    assert counts["a"]["100"] == one
    assert counts["a"]["200"] == one | {"modes": 2}
    assert counts["a"]["300"] == one | {"modes": 0, "high_quality": 0}


@pytest.mark.usefixtures("known")
def test_generated_points_are_drawn_over_real_ones(tmp_path):
    render([point_run()], tmp_path, QUICK)
    first = read(tmp_path / "samples/100.png")
    assert colour(first, *CENTRES[0]) == scatter.GENERATED_COLOUR
    assert colour(first, *CENTRES[1]) == scatter.REAL_COLOUR
    assert colour(first, 0, -0.9) == scatter.REAL_COLOUR
    assert colour(first, 0, 0) == (grids.BACKGROUND,) * 3
    second = read(tmp_path / "samples/200.png")
    assert colour(second, *CENTRES[1]) == scatter.GENERATED_COLOUR


def test_points_beyond_the_square_are_on_its_edge():
    plot = scatter.scatter(np.empty((0, 2)), np.array([[0, 1.0], [0, -1.0], [3, 0]]))
    inner = plot[grids.MARGIN + 1 :][: scatter.PLOT_SIDE - 2]
    inner = inner[:, grids.MARGIN + 1 :][:, : scatter.PLOT_SIDE - 2]
    edges = [inner[0], inner[-1], inner[:, -1], inner[:, 0]]
    drawn = [bool((edge != grids.BACKGROUND).any()) for edge in edges]
    assert drawn == [True, True, True, False]


@pytest.mark.usefixtures("known")
def test_the_timeline_has_every_plot(tmp_path):
    render([point_run()], tmp_path, QUICK)
    frames = read(tmp_path / "timeline.gif")
    assert len(frames) == 3
    np.testing.assert_array_equal(frames[1], read(tmp_path / "samples/200.png"))


@pytest.mark.usefixtures("known")
def test_captions_name_run_step_and_counts(tmp_path, monkeypatch):
    captions = []
    caption = grids.caption
    monkeypatch.setattr(
        grids, "caption", lambda *args: captions.append(args[1:]) or caption(*args)
    )
    options = dataclasses.replace(QUICK, step="200")
    render([point_run()], tmp_path, options)
    assert captions == [("modes 2/2", "high quality 100 %"), ("a", "step 200")]
    assert files(tmp_path) == {"samples/200.png", "curves.png", modes.MODES_FILE}


@pytest.mark.usefixtures("known")
def test_runs_stand_side_by_side(tmp_path):
    pair = [point_run("a", steps=(100,)), point_run("b", steps=(100, 200))]
    render(pair, tmp_path, QUICK)
    picture = read(tmp_path / "samples/200.png")
    left = picture.shape[1] // 2
    assert colour(picture, *CENTRES[1]) == scatter.REAL_COLOUR
    assert colour(picture, *CENTRES[1], left) == scatter.GENERATED_COLOUR
    counts = json.loads((tmp_path / modes.MODES_FILE).read_text())
    assert {name: list(steps) for name, steps in counts.items()} == {
        "a": ["100"],
        "b": ["100", "200"],
    }


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("order", [1, -1])
def test_points_beside_images_are_refused(tmp_path, order):
    pair = [FakeRun("images"), point_run("dots")][::order]
    with pytest.raises(UserError, match="'dots' makes points and run 'images' images"):
        render(pair, tmp_path, QUICK)
    assert not files(tmp_path)


def test_without_its_data_generated_points_stand_alone(tmp_path, caplog):
    options = dataclasses.replace(QUICK, data_dir=tmp_path / "data")
    render([point_run()], tmp_path / "a", options)
    assert files(tmp_path / "a") == SAMPLES | ALWAYS
    picture = read(tmp_path / "a/samples/100.png")
    assert colour(picture, *CENTRES[0]) == scatter.GENERATED_COLOUR
    assert colour(picture, *CENTRES[1]) == (grids.BACKGROUND,) * 3
    (message,) = caplog.messages
    assert message.startswith("real points and counts of run a are left out: ")
    assert "no converted dataset" in message


def test_sixty_frames_of_noise_stay_below_three_megabytes():
    rng = np.random.default_rng(0)
    frames = [
        scatter.scatter(*rng.uniform(-1, 1, (2, scatter.POINTS_DRAWN, 2)))
        for _ in range(60)
    ]
    assert len(gifs.encode(frames, [100] * 60)) < 3_000_000


@pytest.mark.usefixtures("known")
def test_the_command_says_what_was_counted(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "open", lambda folder: point_run(folder.name))
    monkeypatch.setattr(run_page, "write", lambda study, paths, *_: (paths, []))
    places = {"summary_dir": tmp_path, "assets_dir": tmp_path}
    options = dataclasses.replace(QUICK, name="a,b", step="200", **places)
    eval_command.run([], options)
    sentence = "step 200: 2 of 2 modes, 100.0 % of 2,500 samples of high quality"
    assert capsys.readouterr().out.splitlines()[-3:-1] == [
        f"a {sentence}",
        f"b {sentence}",
    ]
