"""Real runs that several tests look at."""

import pytest

from datasets.info import Info
from training import run_training, runs
from training.monitoring import metrics_interface
from training.settings import Settings

OPTIONS = [
    "--model=ebgan",
    "--dataset=digits",
    "--image_size=28",
    "--steps=100",
    "--batch_size=16",
    "--ckpt_step=10",
    "--log_step=5",
    "--sample_step=20",
    "--set=n_critic=2",
    "--set=critic_burst=4",
    "--set=instance_noise=0.1",
    "--set=flip_labels=0.1",
    "--set=ema=0.9",
    "--set=g_width=0.05",
    "--set=d_width=0.05",
]


@pytest.fixture(scope="session")
def arguments(digits, tmp_path_factory):
    summary = tmp_path_factory.mktemp("summary")

    def build(name, *more):
        places = [f"--data_dir={digits}", f"--summary_dir={summary}", f"--name={name}"]
        return [*places, *OPTIONS, *more]

    build.summary = summary
    return build


@pytest.fixture(scope="session")
def whole(arguments, script):
    """A run that was never stopped."""
    done = script("train.py", *arguments("whole"))
    assert done.returncode == 0, done.stderr
    return arguments.summary / "whole"


@pytest.fixture(scope="session")
def trained(digits, tmp_path_factory):
    """Trains a narrow `gan` on digits in this process; the run."""
    data, summary = (
        Info.load(digits / "digits/28px"),
        tmp_path_factory.mktemp("trained"),
    )

    def train(name, evaluator=None, overrides=None, plan=1, **settings):
        overrides = {"g_width": 0.05, "d_width": 0.05} | (overrides or {})
        chosen = Settings("gan", overrides, batch_size=16, **settings)
        run = runs.Run(summary, name)
        measured = metrics_interface.Evaluator({"plan": plan}, evaluator)
        run_training.train(chosen, data, run, prepare=lambda: measured)
        return run

    train.summary = summary
    return train


# A minimax game whose discriminator learns 100 times too fast: it wins, and the
# generator's gradient is 0.
SATURATED = {"generator_objective": "saturating", "d_lr": 0.02}


@pytest.fixture(scope="session")
def collapsing(trained):
    """A run that collapses; checks and checkpoints fall on different steps."""

    def train(name, evaluator=None, **settings):
        intervals = {"log_step": 250, "sample_step": 35, "ckpt_step": 30}
        chosen = {"steps": 520, "keep": 1, "eval_every": 110} | intervals | settings
        return trained(name, evaluator, SATURATED, **chosen)

    return train


class Evaluator:
    """Counts the generator's updates; dies at a step as a killed process does."""

    def __init__(self, dies_at=None):
        self.steps, self.dies_at = [], dies_at

    def __call__(self, model):
        step = int(model.players["generator"].optimizer.iterations)
        if step == self.dies_at:
            raise KeyboardInterrupt
        self.steps.append(step)
        return {"evaluated": float(step)}


@pytest.fixture(scope="session")
def unbroken(collapsing):
    """The run that collapses, evaluated on the way, and its evaluator."""
    evaluator = Evaluator()
    return collapsing("unbroken", evaluator), evaluator


@pytest.fixture(scope="session")
def resumed(collapsing):
    """The same, killed at an evaluation and gone on with, and the second evaluator."""
    with pytest.raises(KeyboardInterrupt):
        collapsing("resumed", Evaluator(dies_at=440))
    evaluator = Evaluator()
    return collapsing("resumed", evaluator), evaluator
