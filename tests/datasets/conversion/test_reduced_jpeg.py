import io

import numpy as np
import pytest
from PIL import Image

from datasets.conversion import shard
from datasets.images import fast_jpeg
from datasets.sources import stores


def photo(size, side=8):
    rng = np.random.default_rng(0)
    cells = Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8))
    file = io.BytesIO()
    cells.resize(size, Image.Resampling.BICUBIC).save(file, "jpeg", quality=95)
    return file.getvalue()


@pytest.mark.parametrize(
    ("side", "min_side", "left"),
    [(256, 32, 32), (256, 33, 64), (256, 128, 128), (258, 64, 129)],
)
def test_a_large_jpeg_is_decoded_to_fewer_pixels_but_enough(side, min_side, left):
    raw = photo((side, side))
    image = fast_jpeg.decode_reduced(raw, min_side)
    assert image.size == (left, left)
    whole = fast_jpeg.decode(raw).reduce(side // left)
    difference = np.asarray(image, int) - np.asarray(whole, int)
    assert np.abs(difference).max() <= 6


@pytest.mark.parametrize(
    "raw",
    [photo((255, 255)), photo((256, 128)), photo((257, 257)), photo((256, 256))[:2000]],
    ids=["small", "not square", "no multiple", "damaged"],
)
def test_what_cannot_be_reduced_is_left_alone(raw):
    assert fast_jpeg.decode_reduced(raw, 64 if len(raw) == 2000 else 128) is None


@pytest.mark.parametrize(
    ("crop", "resize", "images", "side"),
    [
        ("squash", "antialias", ("image",), 64),
        ("square", "antialias", ("image",), 64),
        ("center128", "antialias", ("image",), 256),
        ("squash", "legacy", ("image",), 256),
        ("squash", "antialias", ("source", "target"), 256),
    ],
)
def test_only_whole_images_that_are_averaged_are_reduced(
    crop, resize, images, side, tmp_path
):
    spec = shard.ExampleSpec(32, 3, crop, resize, images=images)
    store = stores.FolderStore(tmp_path, [])
    image = store.image(photo((256, 256)), spec.min_side)
    assert image.size == (side, side)


def test_pixels_are_no_jpegs():
    raw = photo((256, 256))
    store = stores.PixelStore(np.zeros((1, 1, len(raw)), np.uint8))
    spec = shard.ExampleSpec(32, 3, "squash", "antialias")
    image = store.image(raw, spec.min_side)
    assert image.size == (len(raw), 1)
