"""What the project imports is named in requirements.txt, at constraints.txt's pins."""

import ast
import importlib.metadata
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = ["common", "models", "datasets", "training", "evaluation"]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def pins(name):
    """Distribution -> version, as a file of requirements pins them."""
    matches = PIN.findall((ROOT / name).read_text())
    return {key.lower(): version for key, version in matches}


def imported():
    """The top-level names that the packages and scripts import."""
    names = set()
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    for file in [*files, *ROOT.glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - {*PACKAGES, *sys.stdlib_module_names}


def test_what_is_imported_is_required():
    distributions = importlib.metadata.packages_distributions()
    required = {name for name in imported() for name in distributions[name]}
    assert len(required) > 10
    assert {name.lower() for name in required} <= set(pins("requirements.txt"))


def test_the_constraints_have_the_same_pins():
    constraints = pins("constraints.txt")
    for name in ("requirements.txt", "requirements-dev.txt"):
        for key, version in pins(name).items():
            assert constraints[key] == version, key
