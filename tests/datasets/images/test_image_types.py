"""The suffixes of images are those of the kinds that Pillow opens."""

import pytest

from datasets.images import image_types


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "a/b.JPEG", "x.jfif", "x.bmp", "x.TIF", "x.ppm", "x.avif", "x.jp2"],
)
def test_what_pillow_opens_is_named_like_an_image(name):
    assert image_types.is_named_so(name)


@pytest.mark.parametrize("name", ["x.txt", "x.svg", "x.eps", "x.h5", "x.mpg", "x.pdf"])
def test_what_pillow_does_not_decode_is_not(name):
    assert not image_types.is_named_so(name)
