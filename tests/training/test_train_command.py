"""Bad input to train.py: named before anything is written."""

import pytest

import models
from common.errors import UserError
from datasets.info import Info
from training import recipes, runs, train_command
from training.settings import Settings


@pytest.fixture
def train(digits, tmp_path):
    def run(**given):
        defaults = {
            "model": "dcgan",
            "dataset": "digits",
            "image_size": 28,
            "data_dir": str(digits),
            "summary_dir": str(tmp_path / "summary"),
            "renew": False,
            "steps": 1,
            "set": ["g_width=0.05", "d_width=0.05"],
        }
        options = {k: v for k, v in (defaults | given).items() if v is not None}
        train_command.run([], options, None)

    run.summary = tmp_path / "summary"
    return run


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "gna"}, r"unknown model 'gna'; known: gan, dcgan"),
        ({"model": None}, r"--model is missing; known: gan, dcgan"),
        ({"dataset": "mnits"}, r"mnits.*digits"),
        ({"dataset": "celeba"}, r"python download\.py celeba"),
        ({"recipe": "celeba-gan"}, r"'celeba-gan'.*celeba-dcgan"),
        ({"set": ["marign=1"]}, r"'marign'; known: .*z_dim=100"),
        ({"set": ["z_dim=big"]}, r"z_dim='big'.*an integer"),
        ({"set": ["z_dim"]}, r"name=value"),
        ({"set": ["g_width=0"]}, r"width factor of 0\.0"),
        ({"name": "a/b"}, r"'a/b' is not usable"),
        ({"name": ".."}, r"'\.\.' is not usable"),
        ({"image_size": 30}, r"30x30.*multiple of 4"),
        ({"batch_size": 1798}, r"1,?798.*1,?797"),
        ({"model": "ebgan", "batch_size": 1}, r"--batch_size 1 .*at least 2"),
        ({"recipe": "celeba-wgan"}, r"'celeba-wgan' is of wgan, not of dcgan"),
        ({"seed": 2**32}, r"--seed 4294967296"),
        ({"num_epochs": float("inf"), "steps": None}, r"--num_epochs inf"),
        ({"batch_size": 0}, r"--batch_size 0"),
        ({"steps": -1}, r"--steps -1"),
        ({"num_epochs": 0.0, "steps": None}, r"--num_epochs 0\.0"),
        ({"precision": "float8"}, r"'float8'.*mixed_bfloat16"),
        ({"xla": "maybe"}, r"'maybe'.*auto, on, off"),
        ({"strategy": "both"}, r"'both'.*mirrored"),
    ],
)
def test_a_mistake_is_named_and_writes_nothing(train, given, message):
    with pytest.raises(UserError, match=message):
        train(**given)
    assert not train.summary.exists()


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_damaged_shard_is_named(train, digits, damage):
    directory = digits / "digits" / "28px"
    shard = directory / Info.load(directory).shards[3].name
    whole = shard.read_bytes()
    flipped = whole[:500] + bytes([whole[500] ^ 1]) + whole[501:]
    shard.write_bytes({"flipped": flipped, "cut": whole[:-1], "missing": b""}[damage])
    if damage == "missing":
        shard.unlink()
    try:
        with pytest.raises(UserError, match=shard.name):
            train()
    finally:
        shard.write_bytes(whole)
    assert not train.summary.exists()


def test_a_recipe_gives_what_no_flag_does(monkeypatch, tmp_path):
    seen = {}

    def train(settings, *_):
        seen.update(settings=settings)
        return True

    def ensure(name, image_size, data_dir):
        seen.update(dataset=name, image_size=image_size)

    monkeypatch.setattr(train_command.run_training, "train", train)
    monkeypatch.setattr(train_command.converter, "ensure", ensure)
    given = {
        "recipe": "celeba-dcgan-g1e-3",
        "model": "dcgan",
        "batch_size": 64,
        "set": ["d_lr=1"],
    }
    places = {"data_dir": "d", "summary_dir": str(tmp_path), "renew": False}
    train_command.run([], given | places, None)
    row = recipes.find("celeba-dcgan-g1e-3")
    overrides = {"g_lr": 1e-3, "d_lr": 1.0}
    assert seen["settings"] == Settings(row.model, overrides, batch_size=64)
    assert (seen["dataset"], seen["image_size"]) == ("celeba", 64)


def test_epochs_become_steps():
    once, five_times = (lambda step: step), (lambda step: 5 * step)
    assert Settings("dcgan", num_epochs=2.0).total_steps(100, once) == 200
    assert Settings("dcgan", num_epochs=1.5).total_steps(100, five_times) == 30
    assert Settings("dcgan", steps=7).total_steps(100, once) == 7


def test_epochs_count_the_extra_minibatches_of_a_burst():
    burst = models.create("wgan", (28, 28, 1), n_critic=5, critic_burst=100)
    steps = Settings("wgan", num_epochs=1.0).total_steps(10_000, burst.batches_before)
    assert burst.batches_before(steps) <= 10_000 < burst.batches_before(steps + 1)
    assert steps == 1487  # 1,487 * 5 + (25 + 2) * 95 = 10,000


def test_the_run_is_named_after_its_model(train):
    train()
    assert runs.newest(train.summary) == "dcgan"


@pytest.mark.parametrize(
    ("steps", "intervals"),
    [
        (1, (1, 1, 1)),
        (2000, (20, 100, 100)),
        (2001, (21, 101, 101)),
        (31_640, (100, 500, 1582)),
        (10**6, (100, 500, 5000)),
    ],
)
def test_intervals_follow_from_the_length_of_a_run(steps, intervals):
    s = Settings("x").with_intervals(steps)
    assert (s.log_step, s.sample_step, s.ckpt_step) == intervals


def test_flags_win_and_a_run_that_goes_on_keeps_its_intervals():
    before = {"log_step": 1, "sample_step": 2, "ckpt_step": 3}
    s = Settings("x", sample_step=7).with_intervals(1000, before)
    assert (s.log_step, s.sample_step, s.ckpt_step) == (1, 7, 3)
