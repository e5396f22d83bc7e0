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


@pytest.mark.parametrize("name", models.MODELS)
def test_two_devices_compute_what_one_does(name, result):
    assert result[name]["weights"] < 1e-9
    assert result[name]["logs"] < 1e-9


@pytest.mark.parametrize("name", models.MODELS)
def test_replicas_stay_equal_and_draw_their_own_noise(name, result):
    assert result[name]["replicas"] == 0.0
    assert result[name]["noise"] > 0.1
