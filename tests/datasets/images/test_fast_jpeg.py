import io
import pathlib
import zipfile

import numpy as np
import pytest
from PIL import Image

from datasets.images import decoding, fast_jpeg

SHARED = pathlib.Path(__file__).parents[3].parent / "shared"


def encoded(mode="RGB", size=(31, 20), **options):
    channels = len(Image.new(mode, (1, 1)).getbands())
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (size[1], size[0], channels), np.uint8).squeeze()
    file = io.BytesIO()
    Image.fromarray(noise, mode=mode).save(file, "jpeg", **options)
    return file.getvalue()


def as_pillow_does(raw):
    return np.asarray(Image.open(io.BytesIO(raw)))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quality": 100, "subsampling": 0},
        {"progressive": True},
        {"optimize": True},
        {"comment": b"a comment"},
        {"dpi": (72, 72)},
        {"icc_profile": b"profile"},
        {"restart_marker_blocks": 1},
    ],
)
def test_a_plain_jpeg_has_the_pixels_that_pillow_gives_it(options):
    raw = encoded(**options)
    image = fast_jpeg.decode(raw)
    assert image is not None
    np.testing.assert_array_equal(np.asarray(image), as_pillow_does(raw))


def test_real_faces_have_the_pixels_that_pillow_gives_them():
    path = SHARED / "data" / "celeba" / "img_align_celeba.zip"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
        for name in names[::500]:
            raw = archive.read(name)
            np.testing.assert_array_equal(fast_jpeg.decode(raw), as_pillow_does(raw))


def exif():
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation
    return turned


@pytest.mark.parametrize(
    "raw",
    [
        encoded("L"),
        encoded("CMYK"),
        encoded(exif=exif()),
        encoded(size=(5000, 4000)),
        b"",
        fast_jpeg.JPEG_START,
        fast_jpeg.JPEG_START + b"\xff\xe0\x00\x00" * 9,
        fast_jpeg.JPEG_START + b"text",
        b"GIF89a",
    ],
    ids=["gray", "cmyk", "exif", "large", "empty", "start", "loop", "text", "gif"],
)
def test_anything_else_is_left_to_pillow(raw):
    assert fast_jpeg.decode(raw) is None


def test_a_turned_jpeg_is_still_turned():
    assert decoding.decode(encoded(exif=exif())).size == (20, 31)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_jpeg_is_unusable(kept):
    raw = encoded(size=(64, 64))
    with pytest.raises(decoding.UnusableError):
        decoding.decode(raw[: int(kept * len(raw))])
