"""A folder of images with all the oddities at once that people's own folders have.

Every image of a class has its class's grey level, so that labels can be checked.
"""

import io
import os
import shutil
import unicodedata

import numpy as np
from drawn_files import files_below, flat
from PIL import Image

LEVELS = {"cats": 40, "été": 120, "狗": 200}
KINDS = ["png", "bmp", "tiff", "gif", "webp", "ppm", "jp2", "avif", "jfif"]
TRAIN, VALID = 9, 2  # images of each class


def encoded(image, kind):
    """An image file's bytes."""
    formats = {"jp2": "JPEG2000", "jfif": "JPEG", "tif": "TIFF"}
    file = io.BytesIO()
    image.save(file, formats.get(kind, kind.upper()))
    return file.getvalue()


def grey(level, kind="png", mode="RGB"):
    """An image file of one level."""
    return encoded(Image.new("RGB", (24, 16), (level,) * 3).convert(mode), kind)


def sixteen_bits():
    """A grey ramp of 12 bits in 16."""
    levels = np.linspace(0, 4095, 384).reshape(16, 24)
    return encoded(Image.fromarray(np.rint(levels).astype(np.uint16)), "png")


def contents():
    """Returns {path: bytes} of all but the links."""
    files = {
        f"train/{name}/{i}.{kind}": grey(level, kind)
        for name, level in LEVELS.items()
        for i, kind in enumerate(KINDS)
    }
    for name, level in LEVELS.items():
        for i in range(VALID):
            files[f"valid/{name}/{i}.png"] = grey(level)
    decomposed = unicodedata.normalize("NFD", "été")
    return files | {
        f"train/{decomposed}/more.png": grey(LEVELS["été"]),
        "train/cats/print.tif": grey(LEVELS["cats"], "tif", "CMYK"),
        "train/cats/deep/1.png": grey(LEVELS["cats"]),
        "train/cats/ramp.png": sixteen_bits(),
        "train/cats/bad.jpg": b"<html>404</html>",
        "train/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg": flat(0),
        "__MACOSX/train/cats/._1.png": b"",
        "train/cats/.hidden.png": flat(0),
        "train/Thumbs.db": b"x",
        "notes.txt": b"x",
        "clip.mp4": b"x",
    }


def write(folder):
    """Writes the set, one of its classes as a link to elsewhere, and a loop."""
    files_below(folder, contents())
    elsewhere = folder.parent / "elsewhere"
    shutil.move(folder / "train" / "狗", elsewhere)
    os.symlink(elsewhere, folder / "train" / "狗")
    os.symlink(folder / "train", folder / "train" / "cats" / "all")
    return folder
