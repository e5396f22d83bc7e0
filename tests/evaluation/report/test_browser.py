"""The page at work in a browser, opened from disk: the slider, playing, no network."""

import io
import json

import chromium
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

# Of the tracks in conftest.py, all that is shown at each of their steps.
SHOWN = {
    0: ("red", "cyan", None),
    10: ("lime", "cyan", "yellow"),
    20: ("blue", "magenta", "yellow"),
    30: ("blue", "magenta", "black"),
}
STEP = """
const slider = document.querySelector("#slider");
slider.value = arguments[0];
slider.dispatchEvent(new Event("input"));
"""
# Keeps what would be called again and again, to be called by hand.
CLOCK = """
window.setInterval = (call, pause) => { window.tick = call; window.pause = pause; };
window.clearInterval = () => { window.tick = null; };
"""


def slider(browser):
    return browser.find_element(By.ID, "slider")


def pictures(browser):
    """The colour on the screen in the middle of each track; None: nothing is there."""
    colours = []
    for figure in browser.find_elements(By.CLASS_NAME, "track"):
        shown = [
            x for x in figure.find_elements(By.TAG_NAME, "img") if x.is_displayed()
        ]
        colours.append(middle(shown[0]) if shown else None)
        assert len(shown) < 2
    return tuple(colours)


def middle(element):
    with Image.open(io.BytesIO(element.screenshot_as_png)) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


def rgb(names):
    return tuple(
        name and Image.new("RGB", (1, 1), name).getpixel((0, 0)) for name in names
    )


def said(browser):
    """The step that is shown, for eyes and for ears."""
    words = browser.find_element(By.ID, "now").text
    assert slider(browser).get_attribute("aria-valuetext") == words
    return words


def test_arrow_keys_change_every_picture(opened):
    assert pictures(opened) == rgb(SHOWN[30])
    slider(opened).send_keys(Keys.HOME)
    for step, shown in SHOWN.items():
        assert (said(opened), pictures(opened)) == (f"step {step}", rgb(shown))
        slider(opened).send_keys(Keys.ARROW_RIGHT)
    slider(opened).send_keys(Keys.ARROW_LEFT)
    assert pictures(opened) == rgb(SHOWN[20])


@pytest.mark.parametrize("position", range(len(SHOWN)))
def test_moving_the_slider_changes_every_picture(opened, position):
    opened.execute_script(STEP, position)
    step, shown = list(SHOWN.items())[position]
    assert (said(opened), pictures(opened)) == (f"step {step}", rgb(shown))


def test_each_track_says_the_step_of_its_picture(opened):
    opened.execute_script(STEP, 0)
    words = [words.text for words in opened.find_elements(By.CLASS_NAME, "at")]
    assert words == ["step 0", "step 0", "from step 10"]
    opened.execute_script(STEP, 2)
    words = [words.text for words in opened.find_elements(By.CLASS_NAME, "at")]
    assert words == ["step 20", "step 20", "step 10"]


@pytest.mark.parametrize(
    ("motion", "pause"), [("no-preference", 300), ("reduce", 1500)]
)
def test_play_goes_from_the_first_step_to_the_last(opened, motion, pause):
    chromium.media(opened, "prefers-reduced-motion", motion)
    opened.execute_script(CLOCK)
    button = opened.find_element(By.ID, "play")
    button.click()
    for step in SHOWN:
        assert (button.text, said(opened)) == (
            "Play" if step == 30 else "Pause",
            f"step {step}",
        )
        if step < 30:
            opened.execute_script("tick()")
    assert opened.execute_script("return [tick, pause]") == [None, pause]


def test_pause_stops_it(opened):
    opened.execute_script(CLOCK)
    button = opened.find_element(By.ID, "play")
    button.click()
    button.click()
    assert (button.text, said(opened)) == ("Play", "step 0")
    assert opened.execute_script("return tick") is None


def test_nothing_moves_for_who_wants_no_motion(opened):
    walk = opened.find_element(By.CSS_SELECTOR, "picture img")
    source = "return arguments[0].currentSrc"
    assert opened.execute_script(source, walk).startswith("data:image/gif")
    chromium.media(opened, "prefers-reduced-motion", "reduce")
    opened.refresh()
    walk = opened.find_element(By.CSS_SELECTOR, "picture img")
    assert opened.execute_script(source, walk).startswith("data:image/png")


def test_last_pictures_are_shown_without_javascript(opened):
    setting = "Emulation.setScriptExecutionDisabled"
    opened.execute_cdp_cmd(setting, {"value": True})
    try:
        opened.refresh()
        assert pictures(opened) == rgb(SHOWN[30])
        assert not slider(opened).is_displayed()
    finally:
        opened.execute_cdp_cmd(setting, {"value": False})


def test_nothing_is_requested_and_nothing_goes_wrong(opened):
    for kind in ("browser", "performance"):
        opened.get_log(kind)  # of the tests before
    opened.refresh()
    slider(opened).send_keys(Keys.HOME)
    opened.find_element(By.ID, "play").click()
    messages = [
        json.loads(x["message"])["message"] for x in opened.get_log("performance")
    ]
    urls = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert opened.current_url in urls
    assert {url.partition(":")[0] for url in urls} <= {"file", "data"}
    assert opened.get_log("browser") == []
