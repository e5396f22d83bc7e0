"""Debian's chromium and its driver, for the tests that open the page."""

import os
import shutil

import pytest
from selenium import webdriver

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


def start(profile):
    """Starts it; where it is missing, skips or, on a CI machine, fails."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        missing = (
            "chromium and chromedriver are not installed (Debian: chromium-driver)"
        )
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    service = webdriver.ChromeService(executable_path=driver)
    return webdriver.Chrome(options=options, service=service)


def screen(browser, width, scale=1):
    size = {"width": width, "height": 800, "deviceScaleFactor": scale, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def media(browser, name, value):
    features = {"features": [{"name": name, "value": value}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
