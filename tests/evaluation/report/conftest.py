import io

import chromium
import pytest
from PIL import Image

from evaluation.report import content, page


def encoded(colours, kind, size=(8, 8)):
    images = [Image.new("RGB", size, colour) for colour in colours]
    file = io.BytesIO()
    images[0].save(file, kind, save_all=len(images) > 1, append_images=images[1:])
    return file.getvalue()


def track(title, frames):
    """Frames of one colour each: {step: colour}."""
    pngs = [encoded([colour], "PNG") for colour in frames.values()]
    return content.Track(title, list(frames), pngs, f"samples of {title}", title)


@pytest.fixture(scope="session")
def full():
    """A page with all parts; `text` is a part of every word that a caller can give."""

    def build(text="word"):
        curve = content.Curve(text, [0, 10], [1, 2], [0, 1], [2, 3])
        tracks = [
            track(f"{text} a", {0: "red", 10: "lime", 20: "blue"}),
            track(f"{text} b", {0: "cyan", 20: "magenta"}),
            track(f"{text} c", {10: "yellow", 30: "black"}),
        ]
        heads = [text, "FID", *(f"{text} and more {n}" for n in range(5))]
        table = content.Table(text, heads, [[text, "1", *[text] * 5]], [text])
        return content.Page(
            title=text,
            lines=[text],
            tables=[table, table._replace(notes=(), is_folded=True)],
            panels=[
                content.Panel(f"{text}s", [curve], [content.Mark(5, text)]),
                content.Panel("other", [curve._replace(label=n) for n in "abcdef"]),
            ],
            tracks=tracks,
            walks=[
                content.Picture(text, encoded(["red", "blue"], "GIF"), f"{text} moves"),
                content.Picture(text, encoded(["red"], "PNG", (900, 9)), f"{text} is"),
            ],
            neighbours=[content.Picture(text, encoded(["navy"], "PNG"), f"{text} too")],
            certificates=[(text, {text: {"inside": [text, 1]}, "hash": "0f" * 64})],
            commands=[
                f"python eval.py --name '{text}'",
                "python eval.py " + "run," * 99,
            ],
        )

    return build


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    started = chromium.start(tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


@pytest.fixture(scope="session")
def address(tmp_path_factory, full):
    file = tmp_path_factory.mktemp("assets") / "index.html"
    file.write_text(page.html(full()), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def opened(browser, address):
    """The page, as new, on a phone in light mode."""
    chromium.screen(browser, width=360)
    chromium.media(browser, "prefers-color-scheme", "light")
    browser.get(address)
    return browser
