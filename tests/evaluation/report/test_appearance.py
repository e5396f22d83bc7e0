"""How the page looks in a browser: on a phone, in the dark, by the keyboard."""

import chromium
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from evaluation.report import page

# [text, its colour, the background's] of every element that has text of its own.
COLOURS = """
function background(element) {
  const colour = getComputedStyle(element).backgroundColor;
  if (!colour.endsWith(", 0)")) return colour;
  return element.parentElement ? background(element.parentElement) : "none";
}
return [...document.body.querySelectorAll("*:not(script, noscript, title)")]
  .filter((element) => [...element.childNodes].some(
    (node) => node.nodeType === 3 && node.textContent.trim()))
  .map((element) => {
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    return [element.textContent, colour, background(element)];
  });
"""
LINES = """
return [...document.querySelectorAll(".curve.line > path")].map(
  (line) => getComputedStyle(line).stroke);
"""
UNFOLDED = """
document.querySelectorAll("details").forEach((details) => { details.open = true; });
return document.documentElement.scrollWidth;
"""


def luminance(colour):
    """WCAG 2.2's relative luminance of "rgb(r, g, b)"."""
    channels = [int(c) / 255 for c in colour[4:-1].split(",")]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(*colours):
    dark, light = sorted(map(luminance, colours))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("width", [360, 1280])
def test_only_boxes_scroll_sideways(opened, width):
    chromium.screen(opened, width)
    assert opened.execute_script(UNFOLDED) <= width
    wide = opened.execute_script(
        "return [...document.querySelectorAll('.scroll')].map("
        "(box) => box.scrollWidth > box.clientWidth)"
    )
    # The tracks, the table, its other numbers.
    assert wide == [False, width == 360, width == 360]


def test_long_words_do_not_widen_the_page(opened, full, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(page.html(full("word" * 25)), encoding="utf-8")
    opened.get(file.as_uri())
    assert opened.execute_script(UNFOLDED) <= 360


def test_text_and_lines_can_be_seen_in_both_modes(opened):
    grounds = []
    for mode in ("light", "dark"):
        chromium.media(opened, "prefers-color-scheme", mode)
        colours = opened.execute_script(COLOURS)
        assert len(colours) > 50
        poor = [row for row in colours if contrast(*row[1:]) < 4.5]
        assert not poor
        grounds.append(colours[0][2])
        lines = opened.execute_script(LINES)
        assert len(set(lines)) == 6
        assert min(contrast(line, grounds[-1]) for line in lines) >= 3
    assert luminance(grounds[0]) > 0.8
    assert luminance(grounds[1]) < 0.05


def test_numbers_at_the_axes_can_be_read_on_a_phone(opened):
    texts = opened.find_elements(By.CSS_SELECTOR, ".panel text")
    assert min(text.rect["height"] for text in texts) > 10
    assert {text.value_of_css_property("stroke") for text in texts} == {"none"}


def test_everything_is_reached_by_the_keyboard_and_shows_it(opened):
    reached = []
    for _ in range(opened.execute_script("return document.links.length") + 8):
        active = opened.switch_to.active_element
        active.send_keys(Keys.TAB)
        active = opened.switch_to.active_element
        if active.tag_name == "body":
            break
        assert active.value_of_css_property("outline-style") == "solid"
        reached.append(active.get_attribute("id") or active.tag_name)
    assert reached[:2] == ["a", "a"]
    assert {"play", "slider", "div", "summary"} <= set(reached)


def test_enlarged_pictures_stay_sharp_and_reduced_ones_do_not(opened):
    small, large = opened.find_elements(By.CSS_SELECTOR, "#latent-walks img")
    rendering = "image-rendering"
    assert small.value_of_css_property(rendering) == "pixelated"
    assert large.value_of_css_property(rendering) == "auto"
    chromium.screen(opened, width=360, scale=4)
    opened.refresh()
    large = opened.find_elements(By.CSS_SELECTOR, "#latent-walks img")[1]
    assert large.value_of_css_property(rendering) == "pixelated"
