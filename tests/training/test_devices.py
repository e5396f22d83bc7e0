"""What TensorFlow is told of devices and threads, and what is recorded of them."""

import json
import subprocess
import sys

import pytest
import tensorflow as tf
from fake_nvml import FakeNvml, uuid

from training import devices, gpus


@pytest.fixture
def two_gpus(monkeypatch):
    """Makes TensorFlow find two GPUs, which NVML numbers 2 and 0."""
    monkeypatch.setattr(gpus, "nvml", FakeNvml)
    monkeypatch.setenv(gpus.VISIBLE, f"{uuid(2)},{uuid(0)}")
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["a", "b"])
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a", "b"])
    details = {"device_name": "NVIDIA A100"}
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda device: details
    )


@pytest.mark.usefixtures("two_gpus")
def test_the_memory_of_every_gpu_grows(monkeypatch):
    grows = []
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda *given: grows.append(given)
    )
    devices.find()
    assert grows == [("a", True), ("b", True)]


@pytest.mark.usefixtures("two_gpus")
def test_gpus_are_recorded_by_name_and_number():
    recorded = devices.environment(jit_compile=False)
    assert recorded["gpus"] == ["NVIDIA A100", "NVIDIA A100"]
    assert recorded["gpu_indices"] == [2, 0]
    assert devices.words(recorded) == "GPU 2: NVIDIA A100, GPU 0: NVIDIA A100"


@pytest.mark.usefixtures("two_gpus")
def test_gpus_that_nvml_does_not_know_are_told_by_name(monkeypatch):
    monkeypatch.setattr(gpus, "nvml", lambda: None)
    assert devices.words(devices.hardware()) == "NVIDIA A100, NVIDIA A100"


@pytest.mark.parametrize(
    ("threads", "words"), [(0, "CPU, 8 of 8 cores"), (2, "CPU, 2 of 8 cores")]
)
def test_the_cpu_is_told_with_its_threads(threads, words):
    cpu = {"gpus": [], "gpu_indices": [], "cores": 8, "intra_op_threads": threads}
    assert devices.words(cpu) == words


PROGRAM = """
import json
import tensorflow as tf
from training import devices
devices.use_threads(1)
first = devices.hardware()
tf.constant(1) + 1
devices.use_threads(2)
print(json.dumps([first, devices.hardware()]))
"""


def test_threads_are_set_until_tensorflow_computes():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    for recorded in json.loads(done.stdout.splitlines()[-1]):
        assert recorded["intra_op_threads"] == recorded["inter_op_threads"] == 1


def test_a_run_that_goes_on_keeps_its_threads_and_says_of_others(arguments, script):
    run = arguments.summary / "threads"
    for more, threads in (
        (["--steps=20", "--threads=1"], 1),
        (["--steps=40"], 1),
        (["--steps=60", "--threads=2"], 2),
    ):
        done = script("train.py", *arguments("threads", *more))
        assert done.returncode == 0, done.stderr
        assert f"device   CPU, {threads} of " in done.stderr
        assert ("another environment" in done.stderr) == (threads == 2)
        recorded = json.loads((run / "config.json").read_text())["environment"]
        assert recorded["intra_op_threads"] == threads


@pytest.mark.parametrize("name", ["train.py", "eval.py"])
def test_a_gpu_that_is_not_there_is_an_error_before_anything_else(script, name):
    done = script(name, "--gpus=0")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("error: --gpus '0' is wrong")
    assert line.endswith("of the GPUs here: none")
