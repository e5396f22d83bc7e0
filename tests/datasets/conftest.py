import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from drawn_files import files_below, tarred
from PIL import Image

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def encoded(seed, size=(40, 30), mode="RGB", format="PNG"):
    """An image file's bytes; its pixels are noise, its size (width, height)."""
    width, height = size
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels))
    image = Image.fromarray(pixels.astype(np.uint8).squeeze())
    file = io.BytesIO()
    image.convert(mode).save(file, format)
    return file.getvalue()


@pytest.fixture
def image_bytes():
    return encoded


@pytest.fixture(params=["folder", "zip", "tar", "tar.gz", "tgz"])
def packed(request, tmp_path, zipped):
    """Makes what --source may be out of {path: bytes}: each form in turn."""

    def make(contents):
        if request.param == "folder":
            return files_below(tmp_path / "packed", contents)
        if request.param == "zip":
            return zipped(contents)
        return tarred(tmp_path / f"packed.{request.param}", contents)

    return make


@pytest.fixture
def photos(tmp_path):
    """A folder of 200 small images in two classes."""
    folder = tmp_path / "photos"
    for label in ("cats", "dogs"):
        (folder / label).mkdir(parents=True)
        for i in range(100):
            (folder / label / f"{i:03d}.png").write_bytes(encoded(i, (20, 16)))
    return folder


@pytest.fixture
def zipped(tmp_path):
    """Makes a zip archive of {name: bytes}."""

    def make(members, name="images.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return make


@pytest.fixture
def shared():
    """Real files, where the checkout has them beside it."""
    if not SHARED.is_dir():
        pytest.skip("the real datasets are not beside this checkout")
    return SHARED
