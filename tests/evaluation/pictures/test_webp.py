"""Large pictures as WebP."""

import io

import numpy as np
import pytest
from PIL import Image

from evaluation.pictures import gifs, grids, webp


def noise(side, frames=1):
    """Frames of a smooth picture under noise, which PNG and GIF cannot reduce."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(60, 180, side)[:, np.newaxis, np.newaxis]
    shape = (frames, side, side, 3)
    return (ramp + rng.normal(0, 8, shape)).clip(0, 255).astype(np.uint8)


def opened(data):
    return Image.open(io.BytesIO(data))


def test_small_pictures_stay_as_they_are():
    data = grids.png(noise(8)[0])
    assert webp.light(data) is data


def test_a_large_picture_becomes_a_webp_that_looks_the_same(monkeypatch):
    monkeypatch.setattr(webp, "LARGE", 1000)
    (picture,) = noise(100)
    data = webp.light(grids.png(picture))
    with opened(data) as image:
        assert (image.format, image.size) == ("WEBP", (100, 100))
        difference = np.asarray(image.convert("RGB")).astype(int) - picture
    assert np.abs(difference).mean() < 8
    assert len(data) < len(grids.png(picture)) / 2


def test_a_large_animation_keeps_its_frames_and_plays_for_ever(monkeypatch):
    monkeypatch.setattr(webp, "LARGE", 1000)
    gif = gifs.encode(list(noise(100, 4)), [70] * 4)
    data = webp.light(gif)
    assert len(data) < len(gif)
    with opened(data) as image:
        assert (image.format, image.n_frames) == ("WEBP", 4)
        assert image.info["loop"] == 0
        image.seek(3)
        image.load()
        assert image.info["duration"] == 70


def test_what_gets_no_smaller_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(webp, "LARGE", 0)
    data = grids.png(np.zeros((1, 1, 3), np.uint8))
    assert webp.light(data) == min(
        data, webp.encode([np.zeros((1, 1, 3), np.uint8)], [0]), key=len
    )


@pytest.mark.parametrize("side", [webp.LONGEST_SIDE, webp.LONGEST_SIDE + 1])
def test_a_side_that_the_format_cannot_have_is_no_error(side):
    data = webp.encode([np.zeros((1, side, 3), np.uint8)], [0])
    assert (data is None) == (side > webp.LONGEST_SIDE)
