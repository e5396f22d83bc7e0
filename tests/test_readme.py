"""What README.md and docs/ say is so."""

import dataclasses
import functools
import pathlib
import re
import types

import numpy as np
import pytest
import tensorflow as tf

import models
from datasets.conversion import converter
from models.base import config
from models.base.adversarial import AdversarialModel
from training import recipes

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
SCRIPTS = ("download", "convert", "train", "eval")
# Of absl and tensorboard.
OTHER_FLAGS = {"help", "logdir"}
MOST_BYTES, MOST_LINES, LONGEST_CELL = 12 * 1024, 150, 100

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def defined(script):
    """The flags of a script at the top."""
    text = (ROOT / f"{script}.py").read_text()
    found = re.findall(r'flags\.DEFINE_\w+\(\s*"(\w+)"', text)
    assert found
    return set(found)


FLAGS = {script: defined(script) for script in SCRIPTS}


def of_other_scripts():
    paths = [*ROOT.glob("benchmarks/*.py"), *ROOT.glob("tests/campaign/*.py")]
    texts = [path.read_text() for path in paths]
    return set(re.findall(r'add_argument\("--(\w+)"', "".join(texts)))


BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@functools.cache
def prose(page):
    """A page without its blocks of code."""
    return BLOCK.sub("", page.read_text())


def blocks(page, language):
    """The blocks of code in one language, in order; shell commands have none."""
    found = BLOCK.findall(page.read_text())
    return [code for written_in, code in found if written_in == language]


def commands(page):
    """The lines of a page's shell commands, continued ones joined."""
    return "".join(blocks(page, "")).replace("\\\n", " ").splitlines()


def links(page):
    """What a page links to or shows, as it is written."""
    found = re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page))
    return found + re.findall(r'src="([^"]+)"', prose(page))


@functools.cache
def anchors(page):
    """The anchors that GitHub gives a page's headings; repeated ones are numbered."""
    found = []
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", plain(heading).lower()).replace(" ", "-")
        earlier = sum(re.fullmatch(rf"{kept}(-\d+)?", one) is not None for one in found)
        found.append(f"{kept}-{earlier}" if earlier else kept)
    return found


def plain(text):
    """Text as it is read: without pictures, addresses, backticks and stars."""
    text = re.sub(r"<img[^>]*>", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[`*]", "", text).strip()


def cells(page):
    rows = re.findall(r"^\|(.*)\|$", prose(page), re.MULTILINE)
    return [plain(cell) for row in rows for cell in re.split(r"(?<!\\)\|", row)]


# README.md


def test_the_readme_is_short():
    assert len(README.read_bytes()) <= MOST_BYTES
    assert len(README.read_text().splitlines()) <= MOST_LINES


def test_every_model_is_in_the_readmes_table_in_order():
    rows = re.findall(r"^\| `([\w-]+)`, \[.*$", README.read_text(), re.MULTILINE)
    assert rows == list(models.MODELS)


def test_a_model_has_its_paper_a_picture_and_what_it_is_known_for():
    for row in re.findall(r"^\| `[\w-]+`, \[.*$", README.read_text(), re.MULTILINE):
        paper, picture, known = row.strip("| ").split(" | ")
        assert "https://arxiv.org/abs/" in paper
        assert "<img" in picture
        assert known


def test_every_page_is_linked_from_the_readme():
    linked = {link.partition("#")[0] for link in links(README)}
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked


# All pages.


@each_page
def test_nothing_is_left_to_fill_in(page):
    assert not re.search(r"@[A-Z]+@|TODO", page.read_text())


@each_page
def test_every_picture_and_linked_file_is_there(page):
    paths = {link.partition("#")[0] for link in links(page)} - {""}
    assert {path for path in paths if not (page.parent / path).exists()} == set()


@each_page
def test_every_anchor_has_its_heading(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if anchor and target.exists():
            assert anchor in anchors(target.resolve()), link


@each_page
def test_no_cell_of_a_table_is_long(page):
    assert [cell for cell in cells(page) if len(cell) > LONGEST_CELL] == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_flag_is_mentioned(script):
    text = "".join(page.read_text() for page in PAGES)
    missing = {flag for flag in FLAGS[script] if not re.search(rf"--{flag}\b", text)}
    assert missing == set()


@each_page
def test_every_mentioned_flag_exists(page):
    mentioned = set(re.findall(r"(?<![\w-])--([a-z]\w*)", page.read_text()))
    known = set().union(*FLAGS.values(), OTHER_FLAGS, of_other_scripts())
    assert mentioned - known == set()


@each_page
def test_commands_have_flags_of_their_script(page):
    for line in commands(page):
        for call in re.split(r"&&|;|\|", line.partition("#")[0]):
            if script := re.search(r"python (\w+)\.py\b(.*)", call):
                own = set(re.findall(r"(?<![\w-])--([a-z]\w*)", script[2]))
                assert own - OTHER_FLAGS <= FLAGS[script[1]], call


@each_page
def test_commands_name_models_options_and_recipes_that_exist(page):
    text = "\n".join(commands(page))
    named = set(re.findall(r"--model ([\w,-]+)", text))
    named = {name for several in named for name in several.split(",")}
    assert named - {"MODEL", "all"} <= set(models.MODELS)
    options = set(re.findall(r"--set (\w+)=", text))
    configs = [dataclasses.fields(cls.Config) for cls in models.MODELS.values()]
    assert options <= {field.name for fields in configs for field in fields}
    recipe = set(re.findall(r"--recipe ([\w.-]+)", text))
    assert recipe <= set(recipes.RECIPES)


@each_page
def test_the_number_of_recipes_is_right(page):
    numbers = re.findall(r"(\d+) (?:recipes|published config)", page.read_text())
    assert set(map(int, numbers)) <= {len(recipes.RECIPES)}


# Code.


def test_the_example_of_a_new_gan_trains():
    text = (ROOT / "docs" / "architecture.md").read_text()
    (code,) = re.findall(r"```python\n([^`]*class HingeGAN.*?)```", text, re.DOTALL)
    module = types.ModuleType("hinge")
    exec(code, module.__dict__)
    cls = module.HingeGAN
    assert issubclass(cls, AdversarialModel)
    settings = config.configure(cls.Config, {"g_width": 1 / 32, "d_width": 1 / 32})
    model = cls((28, 28, 1), 0, 0, settings)
    logs = model.train_step([{"image": tf.zeros((2, 28, 28, 1))}])
    assert all(np.isfinite(value) for value in logs.values())


def test_the_snippets_for_python_run_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    converter.run(
        ["digits"], pathlib.Path("data"), converter.ConversionOptions(workers=1)
    )
    names = {}
    for number, code in enumerate(blocks(ROOT / "docs" / "python.md", "python")):
        exec(compile(code, f"snippet {number}", "exec"), names)
    assert names["finished"]
    assert names["images"].shape == (16, 32, 32, 1)
    assert (tmp_path / "generator.keras").is_file()
