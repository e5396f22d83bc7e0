"""Translates a folder of images of any size."""

from __future__ import annotations

import io
import time
import warnings
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from PIL import Image

from common import files
from common.errors import UserError
from common.progress import Progress
from datasets.images import colours, decoding
from datasets.sources import selection
from evaluation import snapshots
from models.base import pixels


class FolderResult(NamedTuple):
    """What was done with the images of a folder."""

    translated: int
    seconds: float
    skipped: dict[str, str]  # why, by name


def translate(
    snapshot: snapshots.Snapshot, source: Path, target: Path, direction: str, step: str
) -> FolderResult:
    """Writes the translation of each image below `source` to `target`, as PNG.

    Names and sizes are those of the images, which are translated one by one.

    Raises:
        UserError: the run does not translate so, nothing can be read, or a file would
            be written among the images or over another one.
    """
    direction = checked_direction(snapshot, direction)
    names = destinations(source, target)
    snapshot.show_selected(step)

    skipped: dict[str, str] = {}
    start = time.monotonic()
    for name, path in Progress(names.items(), f"images, {direction}"):
        try:
            x = read(source / name, snapshot.model.image_shape[-1])
        except (decoding.UnusableError, OSError) as error:
            skipped[name] = str(error)
            continue
        y = snapshot.translate(x[np.newaxis], direction)[0]
        files.write(target / path, png(y))
    seconds = time.monotonic() - start

    if len(skipped) == len(names):
        name, reason = next(iter(skipped.items()))
        raise UserError(
            f"none of the {len(names):,} images in {source} can be read: {name}: "
            f"{reason}"
        )
    return FolderResult(len(names) - len(skipped), seconds, skipped)


def checked_direction(snapshot: snapshots.Snapshot, direction: str) -> str:
    """Returns a direction that the run has, its first by default.

    Raises:
        UserError: it does not translate, or not so.
    """
    name, directions = snapshot.run.name, snapshot.model.directions
    if snapshot.kind != "translations":
        raise UserError(
            f"run {name!r} makes images from noise; --input is for runs that translate "
            "images, as those of pix2pix and cyclegan"
        )
    if direction and direction not in directions:
        raise UserError(
            f"run {name!r} has no --direction {direction!r}: it translates "
            f"{' and '.join(directions)}"
        )
    return direction or directions[0]


def destinations(source: Path, target: Path) -> dict[str, PurePosixPath]:
    """Returns the images below `source`, sorted, with their places below `target`.

    Raises:
        UserError: there are none, or one would overwrite an image or another one.
    """
    inner, outer = sorted([source.resolve(), target.resolve()], reverse=True)
    if inner.is_relative_to(outer):
        raise UserError(
            f"--output {target} and --input {source} overlap: give --output a folder "
            "elsewhere"
        )
    if not source.is_dir():
        raise UserError(f"--input {source} is not a folder")

    names = sorted(selection.walk(source, selection.Leftovers()))
    if not names:
        raise UserError(
            f"--input {source} has no images in it, such as .jpg, .png or .tiff: name "
            "another folder"
        )

    origin: dict[PurePosixPath, str] = {}
    for name in names:
        path = PurePosixPath(name).with_suffix(".png")
        if path in origin:
            raise UserError(
                f"{origin[path]} and {name} in {source} would both become {path}: "
                "rename one"
            )
        origin[path] = name
    return {name: path for path, name in origin.items()}


def read(path: Path, channels: int) -> np.ndarray:
    """Returns an image file as float32 [H, W, channels] in [-1, 1]."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = decoding.decode(path.read_bytes())
    image = colours.rgb(image) if channels == 3 else colours.grey(image)
    levels = np.asarray(image).reshape(image.height, image.width, channels)
    return pixels.to_floats(levels)


def png(image: np.ndarray) -> bytes:
    """Encodes an image [H, W, 1 or 3] in [-1, 1]."""
    levels = pixels.to_uint8(image)
    if levels.shape[-1] == 1:
        levels = levels.squeeze(-1)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    return file.getvalue()
