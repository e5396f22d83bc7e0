"""MS-SSIM of random pairs."""

import numpy as np
import pytest
import tensorflow as tf

from common.errors import UserError
from evaluation.metrics import ms_ssim


def noise(count, side=16, channels=1, seed=0):
    rng = np.random.default_rng(seed)
    return np.float32(rng.uniform(-1, 1, (count, side, side, channels)))


@pytest.mark.parametrize(("side", "channels"), [(12, 1), (28, 1), (64, 3)])
def test_equal_images_have_1_and_noise_has_little(side, channels):
    images = noise(8, side, channels)
    same = np.tile(images[:1], (8, 1, 1, 1))
    assert ms_ssim.mean_ms_ssim(same) == pytest.approx(1, abs=1e-5)
    assert ms_ssim.mean_ms_ssim(images) < 0.3


def test_flat_images_differ_in_luminance_alone():
    """One scale: (2 a b + c) / (a^2 + b^2 + c) of greys in [0, 1], c = 0.01^2."""
    greys = np.float32([0.2, 0.6])
    images = np.tile(2 * greys[:, None, None, None] - 1, (1, 16, 16, 1))
    expected = (2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4)
    assert ms_ssim.mean_ms_ssim(images) == pytest.approx(expected, rel=1e-3)


def test_pairs_are_random_and_disjoint(monkeypatch):
    """Stands for the similarity: its sum tells which images were compared."""
    seen = []

    def compare(x, y, *_):
        assert x.shape == y.shape
        seen.append(np.stack([x[:, 0, 0, 0], y[:, 0, 0, 0]], axis=1))
        return np.ones(len(x), np.float32)

    monkeypatch.setattr(tf.image, "ssim_multiscale", compare)
    monkeypatch.setattr(ms_ssim, "PAIRS_PER_CALL", 3)

    def pairs(*args):
        seen.clear()
        assert ms_ssim.mean_ms_ssim(images, *args) == 1
        assert max(map(len, seen)) <= 3
        return np.round(np.concatenate(seen) * 21).astype(int).tolist()

    images = np.tile(np.arange(21.0)[:, None, None, None] / 21 * 2 - 1, (1, 16, 16, 1))
    assert len(pairs(4)) == 4
    ten = pairs(500)
    assert len(ten) == 10
    assert len({image for pair in ten for image in pair}) == 20
    assert pairs(500) == ten
    assert pairs(500, 1) != ten


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ((11, 200), 1),
        ((20, 20), 1),
        ((21, 21), 2),
        ((28, 28), 2),
        ((64, 64), 3),
        ((161, 161), 5),
        ((512, 512), 5),
    ],
)
def test_as_many_scales_as_the_filter_fits_into(size, count):
    weights = ms_ssim.scale_weights(*size)
    assert len(weights) == count
    assert sum(weights) == pytest.approx(1)
    if count > 1:
        assert weights[1] / weights[0] == pytest.approx(0.2856 / 0.0448)
    image = noise(1, min(size))
    (same,) = tf.image.ssim_multiscale(image, image, 1.0, weights).numpy()
    assert same == pytest.approx(1)


def test_images_smaller_than_the_filter_are_refused():
    with pytest.raises(UserError, match=r"8x8 .*--image_size 12"):
        ms_ssim.mean_ms_ssim(noise(4, 8))
