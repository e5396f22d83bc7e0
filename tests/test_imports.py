"""The layout's rules (docs/architecture.md): who may know whom."""

import ast
import collections
import pathlib

import pytest

import models

ROOT = pathlib.Path(__file__).parents[1]
SCRIPTS = ["download.py", "convert.py", "train.py", "eval.py"]
PARSERS = ["cli.py", "test_cli.py"]
PACKAGES = {
    "common": {"common"},
    "models": {"models"},
    "datasets": {"datasets", "common"},
    "training": {"training", "datasets", "models", "common"},
    "evaluation": {"evaluation", "training", "datasets", "models", "common"},
}
OURS = {*PACKAGES, "benchmarks", "tests"}
MOST_MODULES = 20  # in a folder: more of them need folders
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


def test_models_holds_the_papers_and_nothing_else():
    modules = {file.stem for file in (ROOT / "models").glob("*.py")}
    assert modules == {*PAPERS, "__init__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_has_twenty_modules_at_most(package):
    modules = collections.Counter(
        file.parent for file in files(package) if file.name != "__init__.py"
    )
    assert max(modules.values()) <= MOST_MODULES, modules.most_common(1)


def test_no_two_modules_have_one_name():
    names = collections.Counter(
        file.stem
        for package in PACKAGES
        for file in files(package)
        if file.name != "__init__.py"
    )
    names.update(script.removesuffix(".py") for script in SCRIPTS)
    assert [name for name, count in names.items() if count > 1] == []


def test_flags_live_in_the_scripts_alone():
    for file in ROOT.glob("**/*.py"):
        inside = file.relative_to(ROOT)
        if inside.parts[0].startswith(".") or inside.name in (*SCRIPTS, *PARSERS):
            continue
        assert "absl.flags" not in imported(file), inside


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_short(script):
    assert len((ROOT / script).read_text().splitlines()) < 90
