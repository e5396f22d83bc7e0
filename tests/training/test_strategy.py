"""Nothing in the design assumes one device."""

import json
import pathlib
import subprocess
import sys

import pytest

import models

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


def test_all_gpus_that_are_seen_are_mirrored():
    assert two_devices("strategies") == {
        "auto 1": 1, "one 1": 1, "mirrored 1": 1,
        "auto 2": 2, "one 2": 1, "mirrored 2": 2,
    }  # fmt: skip


def test_two_devices_compute_what_one_does(result):
    assert set(result) > set(models.MODELS)
    off = {name: max(r["weights"], r["logs"]) for name, r in result.items()}
    assert {name: error for name, error in off.items() if error > 1e-9} == {}


def test_replicas_stay_equal(result):
    assert {name for name, r in result.items() if r["replicas"]} == set()


def test_replicas_draw_their_own_noise(result):
    assert {name for name, r in result.items() if r["noise"] < 0.1} == set()
