"""Evaluation while a run trains."""

import types

import numpy as np
import pytest
import tensorflow as tf

from common.errors import UserError
from training import cluster, devices, run_training
from training.settings import Settings


def weights(run):
    reader = tf.train.load_checkpoint(str(run.checkpoint_directory / "00000520/state"))
    names = sorted(reader.get_variable_to_shape_map())
    return {n: reader.get_tensor(n) for n in names if not n.startswith("_CHECKPOINT")}


def evaluated(run):
    return {
        line["step"]: line["evaluated"] for line in run.metrics() if "evaluated" in line
    }


def test_it_comes_at_its_steps_and_at_the_end(unbroken):
    run, evaluator = unbroken
    due = [110, 220, 330, 440, 520]
    assert evaluator.steps == due
    assert evaluated(run) == {step: step for step in due}


def test_a_resumed_run_evaluates_what_is_missing(unbroken, resumed):
    assert resumed[1].steps == [440, 520]
    assert evaluated(resumed[0]) == evaluated(unbroken[0])


@pytest.mark.parametrize("other", ["resumed", "without"])
def test_it_changes_no_bit(unbroken, resumed, collapsing, other):
    if other == "resumed":
        run, _ = resumed
    else:
        run = collapsing("without", eval_every=0)
        assert evaluated(run) == {}
    ours, theirs = weights(unbroken[0]), weights(run)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name)


def test_a_run_is_evaluated_by_one_plan(trained):
    def train(steps, **more):
        return trained("planned", lambda _: {"x": 1.0}, steps=steps, **more)

    assert train(1, eval_every=1).config["evaluated"] == {"plan": 1}
    with pytest.raises(UserError, match=r"evaluated\.plan is 1, not 2"):
        train(2, eval_every=1, plan=2)


@pytest.mark.parametrize(("worker", "expected"), [(0, ["s", "prepare"]), (1, ["s"])])
def test_only_the_chief_prepares_and_not_before_its_strategy(
    monkeypatch, worker, expected
):
    happened = []

    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    def start(name):
        happened.append("s")
        workers = cluster.Workers()
        workers.index = worker
        return devices.strategy(name), workers

    monkeypatch.setattr(devices, "configure", lambda *_: None)
    monkeypatch.setattr(cluster, "start", start)
    monkeypatch.setattr(run_training.shard_check, "verify", lambda _: None)
    monkeypatch.setattr(run_training.trainer, "Trainer", stop)
    run = run_training.runs.Run(run_training.pathlib.Path("nowhere"), "r")
    with pytest.raises(Stop):
        run_training.train(
            Settings("gan", eval_every=1),
            types.SimpleNamespace(fingerprint=""),
            run,
            prepare=lambda: happened.append("prepare"),
        )
    assert happened == expected


def test_calls_end_where_something_is_due():
    settings = Settings("x", log_step=100, sample_step=70, ckpt_step=90, eval_every=40)
    steps = [0]
    while steps[-1] < 130:
        steps.append(settings.next_event(steps[-1], 130))
    assert steps == [0, 40, 70, 80, 90, 100, 120, 130]
