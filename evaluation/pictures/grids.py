"""Captioned grids of images: floats in [-1, 1] to uint8 pictures."""

import functools
import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.base import pixels

GAP = 2  # px between tiles
MARGIN = 6  # px around a grid
LEGIBLE = 64  # px: smaller tiles are enlarged towards this
MIN_WIDTH = 200  # px: room for "step 1,000,000 EMA" and some of a name
FONT_SIZE = 13
CAPTION_HEIGHT = 20
BACKGROUND = 255
INK = (40, 40, 40)
LONGEST_NAME = 240  # px: names of rows are cut to it


def near_square(count: int) -> int:
    """Returns a number of columns: a divisor of `count` where one is near its root."""
    root = math.isqrt(count - 1) + 1  # rounded up
    divisors = (c for c in range(root, math.ceil(1.6 * root)) if count % c == 0)
    return next(divisors, root)


def grid(
    images: np.ndarray,
    columns: int | None = None,
    limit: int | None = None,
    scale: int = 1,
) -> np.ndarray:
    """Lays out [N, H, W, C] in [-1, 1] row by row: a uint8 picture [h, w, 3].

    Small tiles are enlarged by a whole factor, and then by `scale`; where the tiles
    side by side would be wider than `limit` px they are reduced by one.
    """
    columns = columns or near_square(len(images))
    tiles = resize(pixels.to_rgb(images), limit // columns if limit else None)
    tiles = tiles.repeat(scale, axis=1).repeat(scale, axis=2)
    rows = math.ceil(len(tiles) / columns)
    _, height, width, _ = tiles.shape

    cells = np.full(
        (rows * columns, height + GAP, width + GAP, 3), BACKGROUND, np.uint8
    )
    cells[: len(tiles), :height, :width] = tiles
    cells = cells.reshape(rows, columns, height + GAP, width + GAP, 3)
    picture = cells.swapaxes(1, 2).reshape(rows * (height + GAP), -1, 3)
    return pad(picture[:-GAP, :-GAP], MARGIN, MARGIN, MARGIN, MARGIN)


def resize(tiles: np.ndarray, largest: int | None) -> np.ndarray:
    """Scales uint8 [N, H, W, 3] by a whole factor to be legible, at most `largest`."""
    side = max(tiles.shape[1:3])
    if largest and side > largest:
        factor = math.ceil(side / max(largest, 1))
        reduced = [Image.fromarray(tile).reduce(factor) for tile in tiles]
        return np.stack([np.asarray(image) for image in reduced])
    factor = max(1, round(LEGIBLE / side))
    if largest:
        factor = min(factor, largest // side)
    return tiles.repeat(factor, axis=1).repeat(factor, axis=2)


def pad(
    picture: np.ndarray, top: int, right: int, bottom: int, left: int
) -> np.ndarray:
    """Adds background around [h, w, 3]."""
    sides = ((top, bottom), (left, right), (0, 0))
    return np.pad(picture, sides, constant_values=BACKGROUND)


def caption(picture: np.ndarray, left: str, right: str) -> np.ndarray:
    """Sets a strip above [h, w, 3]: `left` is cut where `right` needs the room."""
    missing = max(0, MIN_WIDTH - picture.shape[1])
    picture = pad(picture, CAPTION_HEIGHT, missing - missing // 2, 0, missing // 2)
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    width = image.width - 2 * MARGIN
    room = width - font().getlength(right) - FONT_SIZE

    baseline = CAPTION_HEIGHT - 3
    draw.text((MARGIN, baseline), elide(left, room), INK, font(), anchor="ls")
    draw.text((MARGIN + width, baseline), right, INK, font(), anchor="rs")
    return np.asarray(image)


def name_rows(picture: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Writes a name at the left of each row of a grid [h, w, 3]."""
    room = min(LONGEST_NAME, math.ceil(max(map(font().getlength, names))))
    height = (len(picture) - 2 * MARGIN + GAP) / len(names)
    image = Image.fromarray(pad(picture, 0, 0, 0, room + MARGIN))
    draw = ImageDraw.Draw(image)
    for row, name in enumerate(names):
        middle = MARGIN + (row + 0.5) * height - GAP / 2
        place = (room + MARGIN, middle)
        draw.text(place, elide(name, room), INK, font(), anchor="rm")
    return np.asarray(image)


def name_columns(picture: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Writes a name above each column of a grid [h, w, 3]."""
    width = (picture.shape[1] - 2 * MARGIN + GAP) / len(names)
    image = Image.fromarray(pad(picture, FONT_SIZE, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for column, name in enumerate(names):
        place = (MARGIN + (column + 0.5) * width - GAP / 2, FONT_SIZE + 2)
        draw.text(place, elide(name, width), INK, font(), anchor="ms")
    return np.asarray(image)


def elide(text: str, room: float) -> str:
    """Cuts `text` to `room` px, an ellipsis at the cut."""
    if font().getlength(text) <= room:
        return text
    while text and font().getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


@functools.cache
def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Returns Pillow's own font: the same picture on every machine."""
    return ImageFont.load_default(FONT_SIZE)


def beside(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Joins pictures [h, w, 3] from left to right, their tops aligned."""
    height = max(len(picture) for picture in pictures)
    return np.concatenate(
        [pad(picture, 0, 0, height - len(picture), 0) for picture in pictures], axis=1
    )


def stack(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Joins pictures [h, w, 3] from top to bottom, their left sides aligned."""
    width = max(picture.shape[1] for picture in pictures)
    return np.concatenate(
        [pad(picture, 0, width - picture.shape[1], 0, 0) for picture in pictures]
    )


def png(picture: np.ndarray) -> bytes:
    """Encodes a picture, uint8 [h, w, 3], as PNG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return file.getvalue()
