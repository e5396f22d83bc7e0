"""eval.py on a run as training leaves it."""

import contextlib
import dataclasses
import pathlib

import imageio.v3
import numpy as np
import pytest
from run_config import CONFIG, WATCH

from common.errors import UserError
from evaluation import batch_statistics, eval_command
from evaluation.eval_options import EvalOptions
from evaluation.pictures import grids
from training import checkpoints, runs, saver

QUICK = EvalOptions(frames=2, sample_size=4)
SMALL = {"g_width": 0.0625, "d_width": 0.0625}


def started(directory, name, **config):
    """A run of dcgan as train.py starts it."""
    run = runs.Run(directory, name)
    own = {"config": SMALL | config, "steps": 20, "batch_size": 8, "seed": 3}
    run.adopt(CONFIG | own | {"watch": WATCH | {"ckpt_step": 10}})
    return run


def evaluate(name, summary_dir, assets_dir, arguments=(), **options):
    """`eval.py --name NAME ...` as a user starts it."""
    places = {"summary_dir": summary_dir, "assets_dir": assets_dir}
    options = dataclasses.replace(QUICK, name=name, **places, **options)
    eval_command.run(arguments, options)


def save(run, model, step):
    import tensorflow as tf

    state = checkpoints.everything(model, tf.Variable(step, dtype=tf.int64))
    with contextlib.closing(
        saver.Saver(state, run.checkpoint_directory, run.identity)
    ) as saving:
        saving.save(step)
        saving.wait()


@pytest.fixture(scope="module")
def summary_dir(tmp_path_factory):
    """One run, `small`, with checkpoints at steps 10 and 20."""
    directory = tmp_path_factory.mktemp("summary")
    run = started(directory, "small")
    model = run.fresh_model()
    for step in (10, 20):
        save(run, model, step)
    run.metrics_file.write_text('{"step": 10, "time": 1.0, "d_loss": 0.5}\n{"step": 2')
    return directory


def test_a_trained_run_is_drawn_and_named(summary_dir, tmp_path, capsys):
    evaluate("", summary_dir, tmp_path)
    assets = tmp_path / "small"
    assert capsys.readouterr().out.splitlines() == [
        f"{assets}/samples/ (2 pictures)",
        f"{assets}/timeline.gif",
        f"{assets}/latent.gif",
        f"{assets}/latent.png",
        f"{assets}/curves.png",
        f"{assets}/index.html",
        f"next: tensorboard --logdir={summary_dir}/small",
    ]
    page = (assets / "index.html").read_text()
    assert "--model=dcgan --steps=20" in page
    assert "--set=g_width=0.0625" in page
    assert all(p.stat().st_size for p in assets.rglob("*.*"))


def test_many_samples_and_codes_are_one_line_each():
    made = [pathlib.Path("a", name) for name in (
        "samples/1.png", "samples/2.png", "latent.gif", "codes/c.png", "codes/c.gif",
        "curves.png",
    )]  # fmt: skip
    assert eval_command.summary(made) == [
        "a/samples/ (2 pictures)", "a/latent.gif", "a/codes/ (2 pictures)",
        "a/curves.png",
    ]  # fmt: skip
    alone = [made[0], made[3]]
    assert eval_command.summary(alone) == [str(path) for path in alone]


def test_the_average_is_drawn_beside_the_raw_pictures(tmp_path):
    run = started(tmp_path / "summary", "averaged", ema=0.9)
    model = run.fresh_model()
    average = model.networks["generator_ema"]
    average.set_weights([0 * weight for weight in average.get_weights()])
    save(run, model, 10)
    sample = "samples/10.png"
    raw, averaged = tmp_path / "averaged" / sample, tmp_path / "averaged/ema" / sample

    evaluate("averaged", tmp_path / "summary", tmp_path)
    before = raw.read_bytes()
    evaluate("averaged", tmp_path / "summary", tmp_path, ema=True)
    assert raw.read_bytes() == before
    tiles = imageio.v3.imread(averaged)[grids.CAPTION_HEIGHT :]
    assert set(np.unique(tiles)) == {128, grids.BACKGROUND}  # what weights of 0 draw


def test_chosen_statistics_are_drawn_and_named_beside_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_statistics, "BATCHES", 2)
    run = started(tmp_path / "summary", "lagging")
    save(run, run.fresh_model(), 10)
    evaluate("lagging", tmp_path / "summary", tmp_path, statistics="standing")
    directory = tmp_path / "lagging" / "standing"
    assert (directory / "samples/10.png").is_file()
    assert "--statistics=standing" in (directory / "index.html").read_text()
    assert not (tmp_path / "lagging/samples").exists()


def test_without_an_average_nothing_is_written(summary_dir, tmp_path):
    with pytest.raises(UserError, match="run 'small' has no average"):
        evaluate("small", summary_dir, tmp_path, ema=True)
    assert not list(tmp_path.iterdir())


def test_an_unknown_run_names_the_known_ones(summary_dir, tmp_path):
    with pytest.raises(UserError, match="small"):
        evaluate("small,other", summary_dir, tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_any_run_it_says_how_to_train(tmp_path):
    with pytest.raises(UserError, match=r"train\.py"):
        evaluate("", tmp_path, tmp_path)


def test_a_name_without_its_flag_is_not_ignored(summary_dir, tmp_path):
    with pytest.raises(UserError, match="'small' is not a flag"):
        evaluate("", summary_dir, tmp_path, ["small"])


@pytest.mark.parametrize("flag", ["--sample_size=0", "--interpolation=cubic"])
def test_a_wrong_flag_is_one_line(script, flag):
    done = script("eval.py", flag)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
