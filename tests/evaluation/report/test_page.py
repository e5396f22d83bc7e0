"""The page as text: escaped, self-contained, whole."""

import base64
import html.parser
import re

import numpy as np
import pytest

from evaluation.pictures import grids
from evaluation.report import content, page

PIXEL = grids.png(np.zeros((1, 1, 3), np.uint8))
HOSTILE = """</script><img src=x onerror="alert('1')">&amp;<!--"""
REFERENCES = ("src", "srcset", "href", "action", "data", "poster", "style")


class Parsed(html.parser.HTMLParser):
    """Start tags with their attributes, and each text with the tag before it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.tags[-1][0], data))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def inside(self, tag):
        return [text for name, text in self.texts if name == tag]


@pytest.fixture
def parsed(full):
    return Parsed(page.html(full()))


def test_no_word_becomes_markup(full):
    def shape(text):
        parsed = Parsed(page.html(full(text)))
        return [(tag, list(attributes)) for tag, attributes in parsed.tags]

    assert shape(HOSTILE) == shape("word")


def test_words_are_read_as_they_were_written(full):
    parsed = Parsed(page.html(full(HOSTILE)))
    for tag in ("title", "h1", "p", "caption", "th", "td", "figcaption", "summary"):
        assert any(text.startswith(HOSTILE) for text in parsed.inside(tag)), tag
    commands = "\n".join(full(HOSTILE).commands)
    assert parsed.inside("code") == [commands]


def test_nothing_is_fetched(parsed):
    for tag, attributes in parsed.tags:
        for name in REFERENCES:
            assert re.match(r"data:image/|#|$", attributes.get(name) or ""), tag
    code = "".join(parsed.inside("style") + parsed.inside("script"))
    assert not re.search(r"//\w|url\(|@import|import\(|fetch|XMLHttp", code)
    assert not parsed.all("link")


def test_the_browser_is_told_to_fetch_nothing(parsed):
    policies = [
        tag["content"]
        for tag in parsed.all("meta")
        if tag.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    rules = dict(rule.split(maxsplit=1) for rule in policies[0].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"


def test_every_image_is_described_and_has_its_size(parsed):
    images = parsed.all("img")
    assert len(images) == 7 + 3
    assert all(image["alt"].strip() for image in images)
    assert {(image["width"], image["height"]) for image in images} == {
        ("8", "8"),
        ("900", "9"),
    }


def test_frames_are_embedded_once_and_the_last_is_shown(full):
    text = page.html(full())
    parsed = Parsed(text)
    for track in full().tracks:
        for step, frame in zip(track.steps, track.frames, strict=True):
            source = "data:image/png;base64," + base64.b64encode(frame).decode()
            assert text.count(f'src="{source}"') == 1
            (image,) = [tag for tag in parsed.all("img") if tag["src"] == source]
            assert image["alt"] == f"{track.alt}, step {step}"
            assert ("hidden" in image) == (step != track.steps[-1])


def test_animations_have_a_still_for_who_wants_no_motion(parsed):
    (source,) = parsed.all("source")
    assert source["media"] == "(prefers-reduced-motion: reduce)"
    assert source["srcset"].startswith("data:image/png;base64,")


def test_empty_parts_are_left_out():
    bare = Parsed(page.html(content.Page("title", ["what it is"])))
    for tag in ("section", "table", "figure", "input", "pre", "li", "details"):
        assert not bare.all(tag), tag
    assert bare.inside("h1") == ["title"]


def test_parts_without_anything_to_draw_are_empty():
    tracks = [content.Track("t", [], [], "alt")]
    panels = [content.Panel("p", [content.Curve("c", [], [], [], [])])]
    bare = Parsed(page.html(content.Page("title", [], panels=panels, tracks=tracks)))
    assert not bare.all("section")


def test_every_id_is_there_once(parsed):
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_same_content_becomes_the_same_page(full):
    assert page.html(full()) == page.html(full())


def test_the_contents_lead_to_every_part(parsed):
    names = [tag["id"] for tag in parsed.all("section")]
    assert [tag["href"] for tag in parsed.all("a")] == [
        "#main",
        *(f"#{name}" for name in names),
    ]
    assert names == [
        "timeline",
        "latent-walks",
        "nearest-neighbours",
        "results",
        "curves",
        "certificates",
        "commands",
    ]


def test_further_numbers_are_folded_away(full):
    text = page.html(full())
    before, _, after = text.partition("<summary>more numbers</summary>")
    assert (before.count("<caption>"), after.count("<caption>")) == (1, 1)
    assert before.rstrip().endswith("<details>")


def test_models_head_columns_and_seeds_rows():
    tracks = [
        content.Track("t", [1], [PIXEL], "alt", column, row)
        for column, row in (("gan", "seed 0"), ("vae", "seed 0"), ("vae", "seed 1"))
    ]
    text = page.html(content.Page("title", [], tracks=tracks))
    parsed = Parsed(text)
    heads = [tag.get("class") for tag in parsed.all("p") if "class" in tag]
    assert heads == ["column", "column", "row", "row"]
    assert "--columns: 2;" in text
    place = text.index('<p class="row">seed 1</p>')
    assert text[place:].index("<div></div>") < text[place:].index("<figure")


def test_table_cells_belong_to_their_heads():
    drawn = content.Table("t", ["model", "FID", "why"], [["dcgan", "3.1 ± 0.2", "x"]])
    parsed = Parsed(page.html(content.Page("title", [], [drawn])))
    assert [(cell["scope"], cell.get("class")) for cell in parsed.all("th")] == [
        ("col", None),
        ("col", "number"),
        ("col", None),
        ("row", None),
    ]
    assert [cell.get("class") for cell in parsed.all("td")] == ["number", None]


def test_a_row_that_is_too_short_is_refused():
    drawn = content.Table("t", ["model", "FID"], [["dcgan", "3"], ["gan"]])
    with pytest.raises(ValueError, match="shorter"):
        page.html(content.Page("title", [], [drawn]))


@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        (["3.1 ± 0.2", "-0.5", "", "nan"], True),
        (["< 0.01", "–", "1,204", "-inf", "\N{MINUS SIGN}3"], True),  # noqa: RUF001
        (["3", "dcgan"], False),
        (["none"], False),
        (["", ""], False),
    ],
)
def test_columns_of_numbers_are_found(column, numbers):
    assert page.is_numeric(column) == numbers


def test_facts_inside_facts_get_dotted_names():
    facts = {"model": "gan", "config": {"lr": 2e-4, "betas": [0.5, 1], "net": None}}
    assert list(page.flat(facts)) == [
        ("model", "gan"),
        ("config.lr", "0.0002"),
        ("config.betas", "[0.5, 1]"),
        ("config.net", "null"),
    ]
