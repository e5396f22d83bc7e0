"""docs/architecture.md names each folder, module and function that it walks through."""

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "architecture.md").read_text()
PACKAGES = ("common", "models", "datasets", "training", "evaluation")
MODULES = [
    file.relative_to(ROOT)
    for package in PACKAGES
    for file in sorted((ROOT / package).rglob("*.py"))
    if file.name != "__init__.py"
]
ROWS = dict(re.findall(r"^\| `([\w/.]+\.py)` \| (.+) \|$", TEXT, re.MULTILINE))


def defined(file):
    """Names of functions, methods, classes and constants in a module."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_its_row(module):
    assert str(module) in ROWS


def test_no_row_is_of_a_module_that_is_gone():
    assert ROWS.keys() <= set(map(str, MODULES))


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`((?:\w+/)+\w+\.(?:py|md|json))`", TEXT))
    assert named
    missing = {name for name in named if not (ROOT / name).exists()}
    assert missing == {"models/hinge.py"}  # the example of a new GAN


def test_every_function_that_a_walk_names_is_there():
    walks = TEXT.partition("## One DCGAN step")[2].partition("## Every module")[0]
    everything = set().union(*(defined(ROOT / module) for module in MODULES))
    calls = re.findall(r"`(?:\w+\.)*(\w+)`", walks)
    names = [name for name in calls if "_" in name or name[0].isupper()]
    assert len(names) > 20
    missing = {name for name in names if name not in everything}
    assert missing <= {"assert_consumed", "MODELS"}  # TensorFlow's, models' own
