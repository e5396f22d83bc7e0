"""Rules are read as they are written, and those of docs/findings can be run."""

import math
import pathlib
import shlex

import pytest

import train
from common.errors import UserError
from evaluation.findings import expectations
from evaluation.findings.expectations import Reading
from training import recipes
from training.study import entries

FOLDER = pathlib.Path(__file__).parents[3] / "docs" / "findings"
FILES = sorted(FOLDER.glob("*.toml"))
EXPERIMENTS = [one for file in FILES for one in expectations.load(file).experiments]

each_experiment = pytest.mark.parametrize(
    "experiment", EXPERIMENTS, ids=lambda experiment: experiment.study
)


def flags_of(command):
    """The flags of a command of train.py by name; a KeyError of an unknown one."""
    words = shlex.split(command)[2:]
    pairs = zip(words[::2], words[1::2], strict=True)
    return {train.FLAGS[name.removeprefix("--")].name: value for name, value in pairs}


def entries_of(experiment):
    """The options of each entry of an experiment's study."""
    flags = flags_of(experiment.command)
    known = ("model", "recipe", "vary")
    return entries.named({key: flags[key] for key in known if key in flags})


def test_a_rule_compares_two_readings():
    rule = expectations.parse("fid(a-1.5, min, 0 to 2) < 0.8 * fid(b)")
    assert rule.left == Reading("fid", "a-1.5", "min", (0, 2))
    assert (rule.sign, rule.factor) == ("<", 0.8)
    assert rule.right == Reading("fid", "b", "last", (0, math.inf))


@pytest.mark.parametrize(
    "text", ["fid(a)", "fid(a, min)", "fid(a, last, 0 to 2.5)", "fid(a, max, 5 to 10%)"]
)
def test_a_reading_is_written_as_it_was_read(text):
    assert expectations.parse(f"{text} > 3 * {text}").left.text == text
    assert expectations.parse(f"{text} > 3 * {text}").right.text == text


def test_a_rule_may_have_a_bound_or_no_factor():
    assert expectations.parse("collapse(a, count) > 0").right is None
    assert expectations.parse("score(a) < 0.25").factor == 0.25
    assert expectations.parse("score(a) < score(real)").factor == 1


@pytest.mark.parametrize(
    "text", ["fid < 3", "fid(a) <= 3", "fid(a)", "fid(a) < 2 fid(b)"]
)
def test_another_text_is_no_rule(text):
    with pytest.raises(UserError, match=r"write NUMBER\(ENTRY"):
        expectations.parse(text)


@pytest.mark.parametrize("text", ["title =", 'title = "a"', "experiments = [1]"])
def test_another_file_is_none_of_expectations(text, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(UserError, match="compare it with the others"):
        expectations.load(file)


@each_experiment
def test_a_command_says_all_that_defaults_would(experiment):
    for command in (experiment.command, experiment.original):
        flags = flags_of(command)
        named = {"seeds", "ckpt_step", "log_step", "sample_step", "name"}
        assert named <= flags.keys()
    assert flags_of(experiment.command)["name"] == experiment.study


@each_experiment
def test_rules_name_entries_of_their_study(experiment):
    options = entries_of(experiment)
    for expectation in experiment.expectations:
        assert {*expectation.entries} <= options.keys(), expectation.name


def test_names_of_expectations_and_studies_are_unique():
    names = [e.name for one in EXPERIMENTS for e in one.expectations]
    studies = [one.study for one in EXPERIMENTS]
    assert len({*names, *studies}) == len(names) + len({*studies})


def test_every_recipe_of_mnist_is_run():
    experiments = expectations.load(FOLDER / "mnist.toml").experiments
    entries = set()
    for one in experiments:
        entries |= entries_of(one).keys()
    assert entries == {name for name in recipes.RECIPES if name.startswith("mnist")}
