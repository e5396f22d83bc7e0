"""Words that others chose stay words in Markdown."""

import pytest
from markdown_it import MarkdownIt

from evaluation import markdown
from evaluation.report import content, tables

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://127.0.0.1/a.png)",
    "[x]: http://127.0.0.1/",
    "a | b \\| c",
    "`code` and ``` fence",
    "*bold* **bold** __bold__ _it_ ~~gone~~",
    "&lt;b&gt; &amp; &copy;",
    "back\\slash\\",
    "<!-- hidden",
    "5_o_Clock_Shadow",
    "$x$",
)
LINES = ("a\n# head", "a\r\n\r\n<b>b</b>", "a\u2028| b |", "a\n---\n")


@pytest.fixture(scope="module")
def rendered():
    """Renders Markdown as GitHub does, tables and HTML among it, into tokens."""
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return renderer.parse


def texts(tokens):
    """Returns the text of each inline part; an error where one has markup."""
    parts = [token for token in tokens if token.type == "inline"]
    for part in parts:
        kinds = {child.type for child in part.children}
        assert kinds <= {"text", "text_special"}, part.content
    return ["".join(child.content for child in part.children) for part in parts]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_as_it_is(rendered, text):
    tokens = rendered(f"run {markdown.escape(text)} at step 1")
    assert texts(tokens) == [f"run {text} at step 1"]
    assert [token.type for token in tokens] == [
        "paragraph_open", "inline", "paragraph_close"
    ]  # fmt: skip


@pytest.mark.parametrize("text", LINES)
def test_lines_become_one(rendered, text):
    assert texts(rendered(f"x {markdown.escape(text)}")) == [
        f"x {' '.join(text.split())}"
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_has_a_cell_for_each_text(rendered, text):
    table = markdown.table((text, "n"), [(text, 1.5), (text, [text])])
    assert texts(rendered(table))[:4] == [text, "n", text, "1.5"]
    assert len(texts(rendered(table))) == 6


def test_words_and_numbers_are_left_as_they_are():
    for text in ("fid_random", "-0.5 ± 0.1", "gan, seed 3 (raw)", "U(-1, 1)"):
        assert markdown.escape(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_the_table_of_a_study_shows_names_as_they_are(rendered, text):
    table = content.Table("t", ["", text], [[text, text]], [f"of {text}"])
    shown = texts(rendered(tables.as_markdown(table)))
    assert shown == ["", text, text, text, f"of {text}"]
