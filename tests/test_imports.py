"""The layout's rules (README, "How it is built"): who may know whom."""

import ast
import pathlib

import pytest

import models

ROOT = pathlib.Path(__file__).parents[1]
SCRIPTS = ["download.py", "convert.py", "train.py", "eval.py"]
PARSERS = ["cli.py", "test_cli.py"]
PACKAGES = {
    "models": {"models"},
    "datasets": {"datasets", "errors", "files"},
    "training": {"training", "datasets", "models", "errors", "files", "recipes"},
    "evaluation": {"evaluation", "training", "datasets", "models", "errors", "files"},
}
OURS = {*PACKAGES, "cli", "errors", "files", "recipes", "benchmarks", "tests"}
EXTENDS = {"began_cs": "began"}  # the same paper and one more term
PAPERS = {cls.__module__.partition(".")[2] for cls in models.MODELS.values()}


def files(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(file):
    """Dotted names of all modules that a file imports, wherever it does."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package):
    for file in files(package):
        ours = {name.partition(".")[0] for name in imported(file)} & OURS
        assert ours <= PACKAGES[package], file


@pytest.mark.parametrize("paper", sorted(PAPERS))
def test_no_paper_imports_another(paper):
    names = imported(ROOT / "models" / f"{paper}.py")
    names |= {name.rpartition(".")[0] for name in names}
    others = {f"models.{other}" for other in PAPERS - {paper, EXTENDS.get(paper)}}
    assert not names & others


@pytest.mark.parametrize("paper", sorted(PAPERS))
def test_a_paper_fits_on_a_screen(paper):
    assert len((ROOT / "models" / f"{paper}.py").read_text().splitlines()) <= 90


@pytest.mark.parametrize("package", ["training", "evaluation", "datasets"])
def test_nothing_but_the_papers_names_a_gan(package):
    named = {f"models.{paper}" for paper in PAPERS}
    for file in files(package):
        names = imported(file)
        assert not (names | {name.rpartition(".")[0] for name in names}) & named, file
        code = ast.parse(file.read_text())
        compared = [
            constant.value
            for node in ast.walk(code)
            if isinstance(node, ast.Compare)
            for constant in ast.walk(node)
            if isinstance(constant, ast.Constant)
        ]
        assert not set(compared) & set(models.MODELS), file


def test_flags_live_in_the_scripts_alone():
    for file in ROOT.glob("**/*.py"):
        inside = file.relative_to(ROOT)
        if inside.parts[0].startswith(".") or inside.name in (*SCRIPTS, *PARSERS):
            continue
        assert "absl.flags" not in imported(file), inside


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_short(script):
    assert len((ROOT / script).read_text().splitlines()) < 80
