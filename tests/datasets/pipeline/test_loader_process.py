"""What the pipeline does to the process that it runs in."""

import subprocess
import sys

import pytest

from benchmarks import synthetic

COUNT, SHAPE = 4000, (64, 64, 3)  # 49 MB
BATCHES = f"""
import psutil, sys, time
from pathlib import Path
from benchmarks import synthetic
from datasets.pipeline import loader

def private():
    used = psutil.Process().memory_info()
    return (used.rss - used.shared) / 2**20  # without mapped files

def first(count):
    info = synthetic.dataset(Path(sys.argv[1]), count, {SHAPE})
    batches = iter(loader.batches(info, 16, 0))
    next(batches)
    return batches
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    directory = tmp_path_factory.mktemp("data")
    for part, count in (("large", COUNT), ("small", 64)):
        synthetic.dataset(directory / part, count, SHAPE)
    return directory


def run(script, *arguments):
    command = [sys.executable, "-c", BATCHES + script, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_shards_are_mapped_and_not_copied(data):
    script = """
sys.argv[1] = sys.argv[2] + "/small"
kept = first(64)
before = private()
sys.argv[1] = sys.argv[2] + "/large"
kept = kept, first(4000)
for _ in range(20): next(kept[1])
print(private() - before)
"""
    assert float(run(script, "", data)) < 25  # MiB; half of what there is


def test_the_interpreter_ends_while_a_batch_is_under_way(data):
    for _ in range(2):
        script = f"batches = first({COUNT}); print('the end')"
        assert run(script, data / "large") == "the end\n"
