"""Workers of one run: what they agree on, and what becomes of the others of one."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from common.errors import UserError
from training import cluster, runs, tf_config

ROOT = pathlib.Path(__file__).parents[2]
STEPS = 400
TIMING = {"time", "images_per_second", "data_wait"}


class Process:
    """A worker: train.py, and what it has printed so far."""

    def __init__(self, index, addresses, arguments, log):
        task = {"type": "worker", "index": index}
        config = {"cluster": {"worker": addresses}, "task": task}
        self.name = f"worker {index} ({addresses[index]})"
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "train.py", "--strategy=multiworker", *arguments],
                cwd=ROOT,
                env=os.environ | {"TF_CONFIG": json.dumps(config)},
                stdout=output,
                stderr=output,
            )

    @property
    def printed(self):
        return self.log.read_text()

    @property
    def errors(self):
        return [x for x in self.printed.splitlines() if x.startswith("error: ")]

    def wait_for(self, text):
        while text not in self.printed:
            assert self.process.poll() is None, self.printed
            time.sleep(0.02)

    def end(self, timeout=240):
        """Its exit status."""
        return self.process.wait(timeout)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture(scope="module")
def start(digits, tmp_path_factory):
    """Starts some of two workers that train a run by train.py's own intervals."""
    summary = tmp_path_factory.mktemp("summary")
    started = []

    def begin(name, indices=(0, 1)):
        addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
        logs = tmp_path_factory.mktemp(name)
        arguments = [
            "--model=gan",
            "--dataset=digits",
            "--image_size=28",
            "--batch_size=64",
            f"--steps={STEPS}",
            "--eval_every=200",
            "--extractor=random",
            "--eval_samples=140",
            f"--data_dir={digits}",
            f"--summary_dir={summary}",
            f"--name={name}",
        ]
        workers = [Process(i, addresses, arguments, logs / str(i)) for i in indices]
        started.extend(workers)
        return workers

    begin.summary = summary
    yield begin
    for worker in started:
        worker.process.kill()
        worker.process.wait()


@pytest.fixture(scope="module")
def never_stopped(start):
    """The two workers of the run `whole`."""
    workers = start("whole")
    for worker in workers:
        assert worker.end() == 0, worker.printed
    return workers


def state(run):
    """Every tensor of the last checkpoint."""
    path = run.checkpoint_directory / f"{STEPS:08d}" / "state"
    reader = tf.train.load_checkpoint(str(path))
    names = reader.get_variable_to_shape_map()
    return {k: reader.get_tensor(k) for k in names if not k.startswith("_CHECKPOINT")}


def lines(run):
    return [{k: v for k, v in x.items() if k not in TIMING} for x in run.metrics()]


def test_two_workers_train_one_run(start, never_stopped):
    run = runs.open(start.summary / "whole")
    assert run.config["replicas"] == 2
    assert run.checkpoints() == list(range(20, STEPS + 1, 20))
    logged = [line["step"] for line in run.metrics() if "d_loss" in line]
    assert logged == list(range(4, STEPS + 1, 4))
    assert [x["step"] for x in run.metrics() if "fid_random" in x] == [200, 400]
    assert runs.started(start.summary) == ["whole"]
    for worker in never_stopped:
        told = re.findall(r"^step (\d+) of.*d_loss", worker.printed, re.M)
        assert [int(step) for step in told] == logged
        assert "next: python eval.py" in worker.printed


@pytest.fixture(scope="module")
def broken(start):
    """A run of which one worker is told to stop, later one killed, then its chief.

    Returns it, the workers of these three times, and its checkpoints after each.
    """
    run = runs.Run(start.summary, "broken")
    stories = {}
    for name, index, sign, number in (
        ("stopped", 1, "step 100 of", signal.SIGTERM),
        ("killed", 1, "step 200 of", signal.SIGKILL),
        ("headless", 0, "step 300 of", signal.SIGKILL),
    ):
        workers = start("broken")
        hit, other = workers[index], workers[1 - index]
        other.wait_for(sign)
        hit.process.send_signal(number)
        other.end(timeout=30)
        hit.end()
        stories[name] = hit, other, run.checkpoints()
    return stories


def test_a_signal_to_one_stops_all(broken):
    *workers, checkpoints = broken["stopped"]
    assert 100 <= checkpoints[-1] < 200
    for worker in workers:
        assert worker.end() == 0, worker.printed
        assert "stopped; this goes on with it: python train.py" in worker.printed


@pytest.mark.parametrize("name", ["killed", "headless"])
def test_the_others_of_a_dead_worker_name_it_and_what_remains(broken, name):
    dead, other, checkpoints = broken[name]
    assert other.end() == 2, other.printed
    assert "Traceback" not in other.printed
    (error,) = other.errors
    assert dead.name in error
    assert f"the last checkpoint is {checkpoints[-1]}:" in error
    assert "run the same command on every worker" in error


def test_the_chief_saves_the_last_whole_step(broken):
    _, killed, headless = (broken[name][-1] for name in broken)
    assert killed[-1] >= 200
    assert [step for step in killed if step % 20] != []
    assert headless[: len(killed)] == killed


def test_it_ends_bit_equal_to_one_that_was_never_stopped(start, broken, never_stopped):
    """Shows that workers are equal, too: a resumed one has the chief's weights."""
    for worker in start("broken"):
        assert worker.end() == 0, worker.printed
    run, whole = (runs.Run(start.summary, name) for name in ("broken", "whole"))
    ours, theirs = state(run), state(whole)
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        np.testing.assert_array_equal(value, theirs[key], err_msg=key)
    assert lines(run) == lines(whole)


def test_a_lone_worker_says_whom_it_waits_for(start):
    (lone,) = start("lone", [0])
    lone.wait_for(f"{lone.name} waits for worker 1 (127.0.0.1:")
    lone.process.send_signal(signal.SIGTERM)
    assert lone.end() != 0


def test_a_worker_without_a_usable_config_says_what_it_should_be():
    two = {"worker": ["a:1", "b:2"]}
    for config in (
        "",
        "{",
        "[]",
        json.dumps({"cluster": two}),
        json.dumps({"cluster": two, "task": {"type": "worker", "index": 2}}),
        json.dumps({"cluster": two, "task": {"type": "ps", "index": 0}}),
        json.dumps({"cluster": ["a:1"], "task": {"type": "worker", "index": 0}}),
    ):
        with pytest.raises(UserError, match="needs TF_CONFIG") as failure:
            tf_config.read(config)
        assert repr(config) in str(failure.value)


def test_the_chief_of_the_config_is_the_first_worker():
    task = {"type": "worker", "index": 0}
    config = {"cluster": {"worker": ["b:2"], "chief": ["a:1"]}, "task": task}
    workers, place = tf_config.read(json.dumps(config))
    assert [str(worker) for worker in workers] == ["chief 0 (a:1)", "worker 0 (b:2)"]
    assert place == 1


def test_workers_with_different_flags_are_refused():
    workers = cluster.Workers()
    workers.check_alike("--steps=5")
    workers.of_chief = lambda number: number + 1
    with pytest.raises(UserError, match="same command on every worker"):
        workers.check_alike("--steps=5")


def test_a_step_that_a_lost_worker_breaks_is_undone():
    task = {"type": "worker", "index": 0}
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": task}
    workers = cluster.Cluster(
        tf.distribute.get_strategy(), *tf_config.read(json.dumps(config))
    )
    variable = tf.Variable([1.0, 2.0])

    def step(fails):
        with workers.whole([variable]):
            variable.assign_add([1.0, 1.0])
            if fails:
                raise tf.errors.UnavailableError(None, None, "")

    step(fails=False)
    workers.gone = workers.others
    workers.noticed.set()
    with pytest.raises(cluster.LostError, match=r"worker 1 \(b:2\) is gone"):
        step(fails=True)
    np.testing.assert_array_equal(variable, [2.0, 3.0])
