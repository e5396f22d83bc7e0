"""Nothing in the design assumes one device."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import pytest

import models
from training import runs

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = pathlib.Path(__file__).with_name("two_devices.py")


def two_devices(*arguments):
    command = [sys.executable, PROGRAM, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def result():
    return two_devices("compare")


def test_a_run_trains_and_resumes_on_two_devices(digits, tmp_path):
    first, second = two_devices("train", digits / "digits" / "28px", tmp_path)
    assert first["finished"]
    assert first["replicas"] == 2
    assert (first["checkpoints"], second["checkpoints"]) == ([6], [6, 8])
    assert second["logged"] == [6, 8]


def test_two_devices_compute_what_one_does(result):
    assert set(result) > set(models.MODELS)
    off = {name: max(r["weights"], r["logs"]) for name, r in result.items()}
    assert {name: error for name, error in off.items() if error > 1e-9} == {}


def test_replicas_stay_equal(result):
    assert {name for name, r in result.items() if r["replicas"]} == set()


def test_replicas_draw_their_own_noise(result):
    assert {name for name, r in result.items() if r["noise"] < 0.1} == set()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def two_workers(*arguments):
    """train.py as two workers on this machine; their finished processes."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    command = [sys.executable, "train.py", "--strategy=multiworker", *arguments]
    started = []
    for index in range(2):
        task = {"type": "worker", "index": index}
        config = {"cluster": {"worker": addresses}, "task": task}
        environment = os.environ | {"TF_CONFIG": json.dumps(config)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, **pipes))
    return [(process.communicate(timeout=300)[0], process) for process in started]


def test_two_workers_train_one_run_and_resume_it(digits, tmp_path):
    options = [
        "--model=ebgan",
        "--dataset=digits",
        "--image_size=28",
        "--batch_size=8",
        "--ckpt_step=2",
        "--eval_every=2",
        "--extractor=random",
        "--eval_samples=140",
        "--set=g_width=0.05",
        "--set=d_width=0.05",
        f"--data_dir={digits}",
        f"--summary_dir={tmp_path}",
        "--name=both",
    ]
    for steps in (4, 6):
        for output, process in two_workers(*options, f"--steps={steps}"):
            assert process.returncode == 0, output.decode()
    run = runs.open(tmp_path / "both")
    assert run.config["replicas"] == 2
    assert run.checkpoints() == [2, 4, 6]
    assert [line["step"] for line in run.metrics() if "d_loss" in line] == [4, 6]
    assert [x["step"] for x in run.metrics() if "fid_random" in x] == [2, 4, 6]
    assert runs.started(tmp_path) == ["both"]
