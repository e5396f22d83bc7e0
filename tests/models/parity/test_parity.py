"""The models against the original code's own numbers (tests/reference/README.md)."""

import json
import os
import pathlib
import subprocess
import sys

import original_names
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


def test_a_rate_that_is_a_text_is_the_models_own():
    assert original_names.rate("schedule: max(2e-5, ...)", 1e-4) == 1e-4
    assert original_names.rate(2e-4, 1e-4) == 2e-4


def test_a_difference_has_the_tolerance_of_what_it_is_taken_from():
    logs = {"d_real": 50.0, "d_fake": -59.9}
    assert original_names.magnitude("D_fake_hinge", logs) == 59.9
    assert original_names.magnitude("W_dist", logs) == 59.9
    assert original_names.magnitude("G_loss", logs) == 0.0


def test_reference_is_there():
    assert FILES, f"no *.json in {REFERENCE}"


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("variant", [path.stem for path in FILES])
def test_agrees_with_the_original_code(variant, precision, compared):
    result = compared(precision)[variant]
    assert result["differences"] == []
    assert result["compared"] > 100
