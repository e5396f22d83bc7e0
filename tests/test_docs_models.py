"""docs/models.md and docs/options.md say what the models and their options are."""

import dataclasses
import inspect
import itertools
import math
import pathlib
import re
import shlex
from typing import Literal, get_args, get_origin

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
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def headings(text, level):
    """Returns the texts of the headings of a level."""
    return re.findall(rf"^{'#' * level} (.+)$", FENCE.sub("", text), re.MULTILINE)


def section(text, heading):
    """Returns what stands below a heading, up to the next of its level or above."""
    (found,) = re.finditer(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    level = len(found[1])
    below = text[found.end() :]
    end = re.search(rf"^#{{1,{level}}} ", FENCE.sub(blank, below), re.MULTILINE)
    return below[: end.start()] if end else below


def blank(match):
    """Returns as many characters as the match has, without any heading."""
    return re.sub(r"[^\n]", " ", match[0])


def anchor(heading):
    """Returns GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text):
    """Returns the anchors of all headings."""
    return {
        anchor(heading) for level in range(1, 7) for heading in headings(text, level)
    }


def heading_at(text, name):
    """Returns the heading that an anchor leads to."""
    known = itertools.chain(*(headings(text, level) for level in range(1, 7)))
    (heading,) = (heading for heading in known if anchor(heading) == name)
    return heading


def rows(text, first):
    """Returns the rows of the tables whose first column has that name, as dicts."""
    found, names = [], []
    for line in text.splitlines():
        if not line.startswith("|"):
            names = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not names:
            names = cells
        elif names[0] == first and set(cells[0]) != set("-"):
            found.append(dict(zip(names, cells, strict=True)))
    return found


def names_of(text, first):
    """Returns the names in backticks in the first column of such tables."""
    return [row[first].strip("`") for row in rows(text, first)]


def fields(name):
    """Returns the fields of a model's Config by name."""
    return {f.name: f for f in dataclasses.fields(models.MODELS[name].Config)}


def value(f, cell):
    """Returns the value that a cell gives to a field."""
    return config.read(f, cell.strip("`"))


def own_rows(name):
    """Returns the rows of a model's own tables in options.md."""
    return rows(section(OPTIONS_MD, name), "option")


def shared_rows(name):
    """Returns the rows of the shared tables that a model's section links."""
    (line,) = re.findall(
        r"^Shared: (.*?)\.$", section(OPTIONS_MD, name), re.MULTILINE | re.DOTALL
    )
    links = re.findall(r"\(#([\w-]+)\)", line)
    parts = [section(OPTIONS_MD, heading_at(OPTIONS_MD, link)) for link in links]
    return [row for part in parts for row in rows(part, "option")]


def declared_by_papers(name):
    """Returns the fields that papers' files declare, of a model and what it extends."""
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
    if f.type is int:
        return "integer from 1"
    least, most = f.metadata.get("least", 0), f.metadata.get("most", math.inf)
    if most == math.inf:
        return f"number from {least}"
    return f"{least} to {'below 1' if most < 1 else most}"


def choices(cell):
    """Returns the names in a cell, and those of the tables of nets that it links."""
    found = re.findall(r"`(\w+)`", cell)
    for link in re.findall(r"\(#([\w-]+)\)", cell):
        nets = section(OPTIONS_MD, heading_at(OPTIONS_MD, link))
        found += names_of(nets, "net")
    return found


def check_values(f, cell):
    """Fails if a cell says something else than what the field takes."""
    if get_origin(f.type) is Literal:
        assert sorted(choices(cell)) == sorted(get_args(f.type)), f.name
    else:
        assert cell == bounds(f), f.name


@pytest.mark.parametrize("name", models.MODELS)
def test_every_option_stands_with_its_default(name):
    known = fields(name)
    cells = {option(row): row["default"] for row in shared_rows(name)}
    cells |= {option(row): row["default"] for row in own_rows(name)}
    assert set(cells) == set(known)
    defaults = {key: value(known[key], cell) for key, cell in cells.items()}
    assert defaults == {f.name: f.default for f in known.values()}


@pytest.mark.parametrize("name", models.MODELS)
def test_the_column_of_values_is_what_options_take(name):
    known, own = fields(name), own_rows(name)
    others = declared_by_papers(name) | {option(row) for row in own}
    shared = [row for row in shared_rows(name) if option(row) not in others]
    added = [row for row in own if "values" in row]
    for row in (*shared, *added):
        check_values(known[option(row)], row["values"])


@pytest.mark.parametrize("name", models.MODELS)
def test_the_table_of_changes_has_changes_alone(name):
    shared = {option(row): row["default"] for row in shared_rows(name)}
    changed = [row for row in own_rows(name) if "values" not in row]
    assert all(shared[option(row)] != row["default"] for row in changed)


@pytest.mark.parametrize("text", [MODELS_MD, OPTIONS_MD])
def test_cells_are_short(text):
    for line in text.splitlines():
        if line.startswith("|") and "<img" not in line:
            seen = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", line)
            longest = max((cell.strip() for cell in seen.split("|")), key=len)
            assert len(longest) <= 90, longest


def test_every_model_has_its_section_in_order():
    assert headings(MODELS_MD, 2)[-len(models.MODELS) :] == list(models.MODELS)
    own = section(OPTIONS_MD, "Options model by model")
    assert headings(own, 3) == list(models.MODELS)


@pytest.mark.parametrize("name", models.MODELS)
def test_every_section_has_the_same_parts(name):
    assert headings(section(MODELS_MD, name), 3) == PARTS


@pytest.mark.parametrize("name", models.MODELS)
def test_defaults_in_a_section_are_those_of_the_config(name):
    known, text = fields(name), section(MODELS_MD, name)
    table = rows(section(text, "Defaults"), "option")
    for row in table:
        f = known[option(row)]
        assert value(f, row["default"]) == f.default, f.name
    declared = inspect.get_annotations(models.MODELS[name].Config)
    assert set(declared) <= {option(row) for row in table}


@pytest.mark.parametrize("name", models.MODELS)
def test_every_setting_that_is_named_fits(name):
    text = section(MODELS_MD, name)
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    settings = [m for span in spans if (m := SETTING.fullmatch(span))]
    assert settings
    config.parse(models.MODELS[name].Config, [m[0] for m in settings])


def commands(text):
    """Returns the lines of train.py in the code blocks, as lists of words."""
    code = "\n".join(m[2] for m in FENCE.finditer(text) if not m[1])
    lines = code.replace("\\\n", " ").splitlines()
    lines = [line.split("#")[0] for line in lines]
    return [shlex.split(line) for line in lines if line.startswith("python train.py")]


def flags_of(words):
    """Returns the flags of a command as (name, value)."""
    return [(a[2:], b) for a, b in itertools.pairwise(words) if a.startswith("--")]


@pytest.mark.parametrize("name", models.MODELS)
def test_commands_train_the_model_of_their_section(name):
    known = set(re.findall(r'DEFINE_\w+\(\s*"(\w+)"', (ROOT / "train.py").read_text()))
    found = commands(section(MODELS_MD, name))
    assert any("g_width=0.25" in words for words in found)
    for words in found:
        flags = flags_of(words)
        assert {flag for flag, _ in flags} <= known
        config.parse(
            models.MODELS[name].Config, [text for flag, text in flags if flag == "set"]
        )
        of = dict(flags)
        assert (of.get("model") or RECIPES[of["recipe"]].model) == name


@pytest.mark.parametrize("name", models.MODELS)
def test_every_recipe_is_listed(name):
    text = section(section(MODELS_MD, name), "Recipes")
    listed = re.findall(r"^- `(.+)`$", text, re.MULTILINE)
    assert sorted(listed) == sorted(k for k, r in RECIPES.items() if r.model == name)


@pytest.mark.parametrize("name", models.MODELS)
def test_numbers_of_the_study_are_its_own(name):
    table = (ROOT / "assets/mnist-study/table.md").read_text()
    columns = {
        "FID": "FID (classifier) last",
        "precision": "precision (classifier)",
        "recall": "recall (classifier)",
    }
    of_study = {}
    for row in rows(table, ""):
        if row[""] == name:
            of_study |= {key: row[c] for key, c in columns.items() if c in row}
    here = {
        row["measured"]: row["result"]
        for row in rows(section(MODELS_MD, name), "measured")
        if row["measured"] in columns
    }
    assert here == (of_study or {"FID": "not measured yet"})


@pytest.mark.parametrize("text", [MODELS_MD, OPTIONS_MD])
def test_links_and_pictures_exist(text):
    targets = re.findall(r"\]\((?!http)([^)\s]+)\)", text)
    targets += re.findall(r'src="([^"]+)"', text)
    assert targets
    for target in targets:
        path, _, name = target.partition("#")
        file = DOCS / path if path else None
        assert file is None or file.exists(), target
        if name:
            assert name in anchors(file.read_text() if file else text), target
