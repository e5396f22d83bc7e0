"""A run that is killed at any moment ends bit-equal to one that never was."""

import json
import pathlib
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from training import signals

ROOT = pathlib.Path(__file__).parents[2]
STEPS = 100  # of the run `whole`


def state(run):
    """Every tensor of the last checkpoint."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints" / f"{STEPS:08d}/state"))
    shapes = reader.get_variable_to_shape_map()
    return {k: reader.get_tensor(k) for k in shapes if not k.startswith("_CHECKPOINT")}


def losses(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    timing = {"time", "images_per_second", "data_wait"}
    return [
        {k: v for k, v in json.loads(line).items() if k not in timing} for line in lines
    ]


def assert_equal(run, other):
    ours, theirs = state(run), state(other)
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        np.testing.assert_array_equal(value, theirs[key], err_msg=key)
    assert losses(run) == losses(other)
    logged = [line["step"] for line in losses(run) if "d_loss" in line]
    assert logged == list(range(5, STEPS + 1, 5))


def start(arguments, *more):
    command = [sys.executable, "train.py", *arguments(*more)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.01)


def test_the_checkpoint_holds_optimizers_noise_and_position(whole):
    names = " ".join(state(whole))
    for part in ("generator", "discriminator", "optimizer", "rng", "step"):
        assert part in names
    assert state(whole)["step/.ATTRIBUTES/VARIABLE_VALUE"] == STEPS


def test_two_runs_with_one_seed_are_bit_equal(arguments, script, whole):
    done = script("train.py", *arguments("again"))
    assert done.returncode == 0, done.stderr
    assert_equal(arguments.summary / "again", whole)


def test_a_run_that_is_killed_twice_ends_bit_equal(arguments, script, whole):
    run = arguments.summary / "killed"
    for sign in (run / "metrics.jsonl", run / "checkpoints" / "00000010"):
        process = start(arguments, "killed")
        wait_for(sign, process)
        time.sleep(random.uniform(0.0, 0.2))  # at any moment
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not (run / "checkpoints" / f"{STEPS:08d}").exists()
    done = script("train.py", *arguments("killed"))
    assert done.returncode == 0, done.stderr
    assert_equal(run, whole)


def test_sigterm_saves_and_exits_with_0(arguments, script, whole):
    run = arguments.summary / "stopped"
    process = start(arguments, "stopped")
    wait_for(run / "checkpoints" / "00000010", process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    assert b"this goes on with it: python train.py" in out
    last = max(int(path.name) for path in (run / "checkpoints").iterdir())
    assert last < STEPS
    done = script("train.py", *arguments("stopped"))
    assert done.returncode == 0, done.stderr
    assert_equal(run, whole)


@pytest.fixture
def heard():
    """Ctrl-C as in a terminal: what the shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_ctrl_c_is_a_wish_and_twice_is_a_command():
    with signals.Interruption() as interruption:
        assert not interruption
        signal.raise_signal(signal.SIGINT)
        assert interruption
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_another_configuration_exits_with_2(arguments, script, whole):
    before = state(whole)
    done = script("train.py", *arguments("whole", "--set=margin=30"))
    assert done.returncode == 2
    *_, error = done.stderr.splitlines()
    assert error.startswith("error: run 'whole' was started with another")
    for key, value in state(whole).items():
        np.testing.assert_array_equal(value, before[key], err_msg=key)
