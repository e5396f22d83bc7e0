import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf

from benchmarks import limits, loops, reporting

IMAGES = 2 * 8 * 8  # of two images, output pixels of stride 1


def counted(function, *shapes):
    specs = [tf.TensorSpec(shape) for shape in shapes]
    traced = tf.function(function, autograph=False).get_concrete_function(*specs)
    return limits.multiplications(traced)


def convolution(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def test_flops_of_products_and_convolutions_are_those_of_the_formulas():
    assert counted(tf.matmul, (3, 4), (4, 5)) == 2 * 3 * 4 * 5
    turned = counted(lambda a, b: tf.matmul(a, b, transpose_a=True), (4, 3), (4, 5))
    assert turned == 2 * 3 * 4 * 5
    assert counted(convolution, (2, 8, 8, 3), (5, 5, 3, 7)) == 2 * IMAGES * 25 * 3 * 7


def test_both_gradients_of_a_convolution_cost_what_it_costs():
    def step(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = convolution(x, kernel)
        return tape.gradient(y, [x, kernel])

    one = 2 * IMAGES * 25 * 3 * 7
    assert counted(step, (2, 8, 8, 3), (5, 5, 3, 7)) == 2 * one  # y is not needed


def test_strided_and_transposed_convolutions_count_their_windows():
    kernel, one = (5, 5, 3, 7), 2 * IMAGES * 25 * 3 * 7

    def step(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = tf.nn.conv2d(x, kernel, 2, "SAME")
        return tape.gradient(y, [x, kernel])

    assert counted(step, (2, 16, 16, 3), kernel) == 2 * one

    def transposed(x, kernel):
        return tf.nn.conv2d_transpose(x, kernel, (2, 16, 16, 3), 2)

    assert counted(transposed, (2, 8, 8, 7), kernel) == one
    product = lambda a, b: tf.matmul(a, b, transpose_a=True)  # noqa: E731
    assert counted(product, (6, 4, 3), (6, 4, 5)) == 2 * 6 * 3 * 4 * 5


def test_what_no_result_needs_is_not_counted():
    def step(x, kernel):
        convolution(x, kernel)
        return x

    assert counted(step, (2, 8, 8, 3), (5, 5, 3, 7)) == 0


def test_ways_take_turns_and_ratios_are_of_neighbours():
    said = iter([8.0, 2.0, 1.0, 3.0, 4.0, 4.0])
    ways = {"a": lambda: next(said), "b": lambda: next(said)}
    found = reporting.in_turns(ways, 3)
    assert found == {"a": [8.0, 1.0, 4.0], "b": [2.0, 3.0, 4.0]}
    assert reporting.ratio(found["a"], found["b"]) == 1.0  # of the medians: 4 / 3
    assert reporting.spread(found["a"], found["b"]) == "1.00 (0.33-4.00)"


def test_a_rate_is_of_enough_steps_and_without_the_first(monkeypatch):
    counts = []

    def way(steps):
        counts.append(steps)
        return 0.01 * steps

    rate = loops.rate_of(way, images=16, seconds=2.0)
    assert rate() == pytest.approx(1600)
    assert counts[0] == 2
    assert counts[-1] == 200
    assert loops.rate_of(lambda steps: 9.0 * steps, 16, 2.0)() == pytest.approx(16 / 9)


@pytest.mark.parametrize(
    ("gpu", "folder"), [("NVIDIA H100", "nvidia-h100"), (None, "2-cores-of-a-b")]
)
def test_a_table_is_kept_under_the_device(gpu, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reporting, "RESULTS", tmp_path)
    monkeypatch.setattr(reporting, "gpu", lambda: gpu)
    monkeypatch.setattr(reporting, "machine", lambda: "no GPU, 2 cores of A (B)")
    table = reporting.Table("speed", "How fast", ["what", "ratio"])
    table.row("loop", 0.98)
    table.save()
    (kept,) = tmp_path.glob("*/speed.md")
    assert kept.parent.name == folder
    assert kept.read_text() == capsys.readouterr().out
    assert "| loop | 0.98 |" in kept.read_text()
    assert reporting.machine() in kept.read_text()


FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"
SCRIPTS = [p.name for p in FOLDER.glob("*.py") if "def main(" in p.read_text()]
# Stands in for TensorFlow, whose C++ libraries print as soon as they are imported.
IMPORTED = """
import os, runpy, sys
class Loud:
    def find_spec(name, path, target=None):
        if name == "tensorflow":
            os.write(2, b"oneDNN custom operations are on")
            sys.exit(0)
sys.meta_path.insert(0, Loud)
sys.path.insert(0, os.path.dirname(sys.argv[1]))
sys.argv = [sys.argv[1], "--help"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_tensorflow_prints_when_it_starts_is_not_shown(name):
    command = [sys.executable, "-c", IMPORTED, str(FOLDER / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
