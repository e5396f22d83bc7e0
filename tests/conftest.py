"""Fixtures that every folder uses."""

import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest

ROOT = pathlib.Path(__file__).parents[1]
LONGEST = (
    "test_strategy.py",
    "test_conformance.py",
    "test_options.py",
    "test_resume.py",
)


def pytest_collection_modifyitems(items):
    """Starts the longest files first: processes that share the files end together."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def script():
    """Runs one of the four scripts as a user does; returns the finished process."""

    def run(name, *arguments, cwd=ROOT, **options):
        command = [sys.executable, ROOT / name, *map(str, arguments)]
        return subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=300, **options
        )

    return run


@pytest.fixture(scope="session")
def digits(tmp_path_factory, script):
    """A data directory with the digits, converted to 28 pixels."""
    data = tmp_path_factory.mktemp("data")
    for command in (["download.py"], ["convert.py", "--image_size=28"]):
        done = script(command[0], "digits", f"--data_dir={data}", *command[1:])
        assert done.returncode == 0, done.stderr
    return data
