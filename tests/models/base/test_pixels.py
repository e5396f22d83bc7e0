import numpy as np
import tensorflow as tf

from models.base import pixels


def test_every_level_comes_back():
    levels = np.arange(256, dtype=np.uint8)
    floats = pixels.to_floats(levels)
    assert (floats.dtype, floats[0], floats[-1]) == (np.float32, -1, 1)
    np.testing.assert_array_equal(pixels.to_uint8(floats), levels)


def test_levels_are_rounded_and_clipped():
    floats = np.array([-1.2, -1, -0.999, 0, 1, 1.2])
    assert pixels.to_uint8(floats).tolist() == [0, 0, 0, 128, 255, 255]


def test_grey_images_get_three_equal_channels():
    grey = np.linspace(-1, 1, 12).reshape(1, 3, 4, 1)
    rgb = pixels.to_rgb(grey)
    assert rgb.shape == (1, 3, 4, 3)
    np.testing.assert_array_equal(rgb, pixels.to_uint8(grey).repeat(3, axis=-1))


def test_images_become_floats_from_minus_one_to_one():
    batch = {"image": tf.constant([0, 255], tf.uint8), "label": tf.constant([3])}
    floats = pixels.rescale(batch, "float32")
    np.testing.assert_array_equal(floats["image"], [-1.0, 1.0])
    assert floats["label"] == 3
