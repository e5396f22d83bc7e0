"""GIFs: one palette, no flicker, small files."""

import io
import itertools

import imageio.v3
import numpy as np
import pytest
from PIL import Image

from evaluation.pictures import gifs, grids

FRAMES = 60


def smooth(channels):
    """16 random images at 64 px, without detail: a well-trained generator's."""
    rng = np.random.default_rng(channels)
    coarse = rng.uniform(-1.2, 1.2, (16, channels, 4, 4)).astype(np.float32)
    planes = [
        np.asarray(Image.fromarray(plane).resize((64, 64), Image.Resampling.BICUBIC))
        for plane in coarse.reshape(-1, 4, 4)
    ]
    return np.stack(planes).reshape(16, channels, 64, 64).transpose(0, 2, 3, 1)


def animation(noise, channels):
    """A captioned 4x4 grid that changes from one set of images to another."""
    rng = np.random.default_rng(0)
    first, last = smooth(channels), smooth(channels)[::-1]
    for number, t in enumerate(np.linspace(0, 1, FRAMES)):
        clean = (1 - t) * first + t * last
        images = clean + noise * rng.standard_normal(clean.shape)
        yield grids.caption(grids.grid(images), "run1", f"step {100 * number:,}")


def decode(data):
    return imageio.v3.imread(data, extension=".gif", plugin="pillow", mode="RGB")


def colours(frames):
    return np.unique(frames.astype(int) @ [65536, 256, 1])


@pytest.fixture(
    scope="module",
    params=itertools.product([0, 0.1, 1], [1, 3]),
    ids=lambda p: f"noise{p[0]}-channels{p[1]}",
)
def encoded(request):
    frames = list(animation(*request.param))
    data = gifs.encode(frames, [70] * FRAMES)
    return np.stack(frames), data, decode(data)


def test_sixty_frames_stay_below_three_megabytes(encoded):
    assert len(encoded[1]) < 3_000_000


def test_every_frame_can_be_read_back(encoded):
    assert encoded[2].shape == encoded[0].shape


def test_all_frames_together_have_one_palette(encoded):
    assert 8 < len(colours(encoded[2])) <= 256


def test_what_stands_still_does_not_flicker(encoded):
    before, _, after = encoded
    still = np.ptp(before, axis=0).max(axis=-1) == 0
    assert still.sum() > 2000
    assert np.ptp(after, axis=0)[still].max() == 0


def test_the_background_keeps_its_colour(encoded):
    assert (encoded[2][:, 0, 0] == grids.BACKGROUND).all()


def test_one_colour_everywhere_stays_one_colour(encoded):
    before, _, after = encoded
    same = (before == before[0, 100, 100]).all(axis=-1)
    assert len(colours(after[same])) == 1


def test_few_colours_are_kept_exactly():
    greys = np.random.default_rng(0).integers(0, 256, (5, 20, 30, 1), np.uint8)
    frames = greys.repeat(3, axis=-1)
    np.testing.assert_array_equal(decode(gifs.encode(frames, [50] * 5)), frames)


def test_colours_stay_close_to_the_original():
    frames = list(animation(noise=0, channels=3))[:10]
    error = decode(gifs.encode(frames, [50] * 10)).astype(float) - np.stack(frames)
    assert np.sqrt(np.mean(error**2)) < 12  # of 255: random hues are the worst case


def test_long_animations_are_allowed_more_bytes(monkeypatch):
    frames = np.random.default_rng(0).integers(0, 256, (12, 64, 64, 3), np.uint8)
    monkeypatch.setattr(gifs, "GIF_BYTES", 1)
    monkeypatch.setattr(gifs, "BYTES_PER_FRAME", 0)
    smallest = len(colours(decode(gifs.encode(frames, [50] * 12))))
    monkeypatch.setattr(gifs, "BYTES_PER_FRAME", 10_000)
    allowed = len(colours(decode(gifs.encode(frames, [50] * 12))))
    assert smallest <= 16 < allowed


def test_it_plays_for_ever_at_the_given_speed():
    frames = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)
    with Image.open(io.BytesIO(gifs.encode(frames, [50, 70, 1500]))) as image:
        assert image.info["loop"] == 0
        durations = []
        for frame in range(image.n_frames):
            image.seek(frame)
            durations.append(image.info["duration"])
    assert durations == [50, 70, 1500]


def test_equal_frames_become_one_that_lasts_longer():
    frames = np.zeros((3, 8, 8, 3), np.uint8)
    frames[2] = 9
    with Image.open(io.BytesIO(gifs.encode(frames, [50, 70, 90]))) as image:
        assert image.n_frames == 2
        assert image.info["duration"] == 120


def test_a_single_frame_is_an_animation_too():
    frame = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    np.testing.assert_array_equal(decode(gifs.encode([frame], [1500]))[0], frame)


def test_coarse_colours_are_near_and_keep_black_and_white():
    greys = np.arange(256).reshape(16, 16, 1).repeat(3, axis=-1).astype(np.uint8)
    kept = gifs.unpack(gifs.coarsen(gifs.pack(greys))).astype(int)
    assert len(colours(kept)) == 64
    assert np.abs(kept - greys).max() <= 3
    assert (kept[0, 0].tolist(), kept[-1, -1].tolist()) == ([0] * 3, [255] * 3)
