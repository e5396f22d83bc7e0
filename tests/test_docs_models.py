"""docs/models.md and docs/options.md say what the models and their options are."""

import dataclasses
import inspect
import math
import pathlib
import re
from typing import Literal, get_args, get_origin

import markdown_pages as pages
import pytest

import models
from models.base import config
from training.recipes import RECIPES

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
MODELS_MD = (DOCS / "models.md").read_text()
OPTIONS_MD = (DOCS / "options.md").read_text()
PARTS = [
    "Losses",
    "Nets",
    "Defaults",
    "Departures from the paper",
    "Success and failure",
    "Training",
    "Recipes",
]
SETTING = re.compile(r"(\w+)=(\S+)")


def fields(name):
    """Returns the fields of a model's Config by name."""
    return {f.name: f for f in dataclasses.fields(models.MODELS[name].Config)}


def value(f, cell):
    """Returns the value that a cell gives to a field."""
    return config.read(f, cell.strip("`"))


def own_rows(name):
    """Returns the rows of a model's own tables in options.md."""
    return pages.rows(pages.section(OPTIONS_MD, name), "option")


def shared_rows(name):
    """Returns the rows of the shared tables that a model's section links."""
    (line,) = re.findall(
        r"^Shared: (.*?)\.$",
        pages.section(OPTIONS_MD, name),
        re.MULTILINE | re.DOTALL,
    )
    links = re.findall(r"\(#([\w-]+)\)", line)
    parts = [
        pages.section(OPTIONS_MD, pages.heading_at(OPTIONS_MD, link)) for link in links
    ]
    return [row for part in parts for row in pages.rows(part, "option")]


def declared_by_papers(name):
    """Returns the fields that a paper's file declares, its own and those it extends."""
    classes = models.MODELS[name].Config.__mro__
    papers = [c for c in classes if re.fullmatch(r"models\.\w+", c.__module__)]
    return {key for paper in papers for key in inspect.get_annotations(paper)}


def option(row):
    """Returns the name of a row's option."""
    return row["option"].strip("`")


def bounds(f):
    """Returns what options.md says of a field's values, for a number or a truth."""
    if f.type is bool:
        return "`true`, `false`"
    least, most = config.bounds(f)
    if f.type is int and most == config.MOST_INTEGER:
        return f"integer from {least}"
    if f.type is int:
        return f"integer, {least} to {most:,}"
    if most == math.inf:
        return f"number from {least}"
    return f"{least} to {'below 1' if most < 1 else most}"


def choices(cell):
    """Returns the names in a cell, and those of the tables of nets that it links."""
    names = re.findall(r"`(\w+)`", cell)
    for link in re.findall(r"\(#([\w-]+)\)", cell):
        nets = pages.section(OPTIONS_MD, pages.heading_at(OPTIONS_MD, link))
        names += pages.names_of(nets, "net")
    return names


def settings_in(text):
    """Returns the settings in backticks, `name=value`, that are in no code block."""
    spans = re.findall(r"`([^`\n]+)`", pages.FENCE.sub("", text))
    return [span for span in spans if SETTING.fullmatch(span)]


def fits(setting, name):
    """Returns whether a model takes a setting."""
    try:
        config.parse(models.MODELS[name].Config, [setting])
    except ValueError:
        return False
    return True


def check_values(f, cell):
    """Fails if a cell says something else than what the field takes."""
    if get_origin(f.type) is Literal:
        assert sorted(choices(cell)) == sorted(get_args(f.type)), f.name
    else:
        assert cell == bounds(f), f.name


@pytest.mark.parametrize("name", models.MODELS)
def test_every_option_stands_with_its_default(name):
    options = fields(name)
    cells = {option(row): row["default"] for row in shared_rows(name)}
    cells |= {option(row): row["default"] for row in own_rows(name)}
    assert set(cells) == set(options)

    defaults = {key: value(options[key], cell) for key, cell in cells.items()}
    assert defaults == {f.name: f.default for f in options.values()}


@pytest.mark.parametrize("name", models.MODELS)
def test_the_column_of_values_is_what_options_take(name):
    options = fields(name)
    own = own_rows(name)
    others = declared_by_papers(name) | {option(row) for row in own}
    shared = [row for row in shared_rows(name) if option(row) not in others]
    added = [row for row in own if "values" in row]
    for row in (*shared, *added):
        check_values(options[option(row)], row["values"])


@pytest.mark.parametrize("name", models.MODELS)
def test_the_table_of_changes_has_changes_alone(name):
    shared = {option(row): row["default"] for row in shared_rows(name)}
    changed = [row for row in own_rows(name) if "values" not in row]
    assert all(shared[option(row)] != row["default"] for row in changed)


@pytest.mark.parametrize("text", [MODELS_MD, OPTIONS_MD])
def test_cells_are_short(text):
    for line in text.splitlines():
        if line.startswith("|") and "<img" not in line:
            plain = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", line)
            longest = max((cell.strip() for cell in plain.split("|")), key=len)
            assert len(longest) <= 90, longest


def test_every_model_has_its_section_in_order():
    assert pages.headings(MODELS_MD, 2)[-len(models.MODELS) :] == list(models.MODELS)
    own = pages.section(OPTIONS_MD, "Options model by model")
    assert pages.headings(own, 3) == list(models.MODELS)


@pytest.mark.parametrize("name", models.MODELS)
def test_every_section_has_the_same_parts(name):
    assert pages.headings(pages.section(MODELS_MD, name), 3) == PARTS


@pytest.mark.parametrize("name", models.MODELS)
def test_defaults_in_a_section_are_those_of_the_config(name):
    options = fields(name)
    text = pages.section(MODELS_MD, name)
    table = pages.rows(pages.section(text, "Defaults"), "option")
    for row in table:
        f = options[option(row)]
        assert value(f, row["default"]) == f.default, f.name
    own = inspect.get_annotations(models.MODELS[name].Config)
    assert set(own) <= {option(row) for row in table}


@pytest.mark.parametrize("name", models.MODELS)
def test_every_setting_that_is_named_fits(name):
    settings = settings_in(pages.section(MODELS_MD, name))
    assert settings
    config.parse(models.MODELS[name].Config, settings)


def test_settings_outside_of_the_sections_fit_some_model():
    introduction = MODELS_MD[: MODELS_MD.index(f"\n## {next(iter(models.MODELS))}\n")]
    settings = settings_in(introduction + OPTIONS_MD)
    assert settings
    for setting in settings:
        assert any(fits(setting, name) for name in models.MODELS), setting


@pytest.mark.parametrize("name", models.MODELS)
def test_commands_train_the_model_of_their_section(name):
    script = (ROOT / "train.py").read_text()
    flag_names = set(re.findall(r'DEFINE_\w+\(\s*"(\w+)"', script))
    commands = pages.commands(pages.section(MODELS_MD, name))
    assert any("g_width=0.25" in words for words in commands)

    for words in commands:
        flags = pages.flags_of(words)
        assert {flag for flag, _ in flags} <= flag_names
        settings = [text for flag, text in flags if flag == "set"]
        config.parse(models.MODELS[name].Config, settings)

        values = dict(flags)
        assert (values.get("model") or RECIPES[values["recipe"]].model) == name


@pytest.mark.parametrize("name", models.MODELS)
def test_every_recipe_is_listed(name):
    text = pages.section(pages.section(MODELS_MD, name), "Recipes")
    names = re.findall(r"^- `(.+)`$", text, re.MULTILINE)
    assert sorted(names) == sorted(k for k, r in RECIPES.items() if r.model == name)


@pytest.mark.parametrize("name", models.MODELS)
def test_numbers_of_the_study_are_its_own(name):
    table = (ROOT / "assets/mnist-study/table.md").read_text()
    columns = {
        "FID": "FID (classifier) last",
        "precision": "precision (classifier)",
        "recall": "recall (classifier)",
    }
    study = {}
    for row in pages.rows(table, ""):
        if row[""] == name:
            study |= {key: row[c] for key, c in columns.items() if c in row}

    table = pages.rows(pages.section(MODELS_MD, name), "measured")
    results = {row["measured"]: row["result"] for row in table}
    results = {key: cell for key, cell in results.items() if key in columns}
    assert results == (study or {"FID": "not measured yet"})


@pytest.mark.parametrize("text", [MODELS_MD, OPTIONS_MD])
def test_links_and_pictures_exist(text):
    targets = re.findall(r"\]\((?!http)([^)\s]+)\)", text)
    targets += re.findall(r'src="([^"]+)"', text)
    assert targets
    for target in targets:
        path, _, name = target.partition("#")
        assert (DOCS / path).exists(), target
        if name:
            page = (DOCS / path).read_text() if path else text
            assert name in pages.anchors(page), target
