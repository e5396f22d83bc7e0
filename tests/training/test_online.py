"""Evaluation while a run trains."""

import numpy as np
import pytest
import tensorflow as tf

from training.settings import Settings


def weights(run):
    reader = tf.train.load_checkpoint(str(run.checkpoint_directory / "00000080/state"))
    names = sorted(reader.get_variable_to_shape_map())
    return {n: reader.get_tensor(n) for n in names if not n.startswith("_CHECKPOINT")}


def evaluated(run):
    return {
        line["step"]: line["evaluated"] for line in run.metrics() if "evaluated" in line
    }


def test_it_comes_at_its_steps_and_at_the_end(unbroken):
    run, evaluator = unbroken
    due = [15, 30, 45, 60, 75, 80]
    assert evaluator.steps == due
    assert evaluated(run) == {step: step for step in due}


def test_a_resumed_run_evaluates_what_is_missing(unbroken, resumed):
    assert resumed[1].steps == [60, 75, 80]
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


def test_calls_end_where_something_is_due():
    settings = Settings("x", log_step=100, sample_step=70, ckpt_step=90, eval_every=40)
    steps = [0]
    while steps[-1] < 130:
        steps.append(settings.next_event(steps[-1], 130))
    assert steps == [0, 40, 70, 80, 90, 100, 120, 130]
    assert Settings("x").next_event(0, 1000) == 100
