"""The models against the original code's own numbers (tests/reference/README.md)."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
TESTS = pathlib.Path(__file__).parents[2]
REFERENCE = pathlib.Path(os.environ.get("REFERENCE_DIR", TESTS / "reference"))
FILES = sorted(REFERENCE.glob("*.json"))


@pytest.fixture(scope="module")
def compared():
    """The comparisons of all files, one process per precision."""
    results = {}

    def compare(precision):
        if precision not in results:
            command = [sys.executable, HERE / "parity.py", precision, *FILES]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            results[precision] = json.loads(done.stdout)
        return results[precision]

    return compare


@pytest.fixture
def program(monkeypatch):
    """parity.py as a module; what it sets for a process of its own is undone."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    return importlib.import_module("parity")


def test_a_rate_that_is_a_text_is_the_models_own(program):
    assert program.rate("schedule: max(2e-5, ...)", 1e-4) == 1e-4
    assert program.rate(2e-4, 1e-4) == 2e-4


def test_a_difference_has_the_tolerance_of_what_it_is_taken_from(program):
    logs = {"d_real": 50.0, "d_fake": -59.9}
    assert program.magnitude("D_fake_hinge", logs) == 59.9
    assert program.magnitude("W_dist", logs) == 59.9
    assert program.magnitude("G_loss", logs) == 0.0


def test_reference_is_there():
    assert FILES, f"no *.json in {REFERENCE}"


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("variant", [path.stem for path in FILES])
def test_agrees_with_the_original_code(variant, precision, compared):
    result = compared(precision)[variant]
    assert result["differences"] == []
    assert result["compared"] > 100
