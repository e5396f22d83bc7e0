"""A shorter way into Pillow's JPEG decoder for the JPEGs that datasets consist of.

Pillow reads a JPEG's header in Python, which takes a quarter of the time that a small
image takes in all. Here only its size is read; the decoder is Pillow's, and so are the
pixels. Whatever is not plain goes the long way.
"""

import contextlib
import struct

from PIL import Image

START = b"\xff\xd8"
# Start of frame: precision, height, width, components (ITU-T T.81, B.2.2).
FRAME = struct.Struct(">BHHB")
FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive
# Exif may turn the picture, Adobe may mean other colours; a scan needs a frame before.
NOT_PLAIN = {0xE1, 0xEE, 0xDA}
MAX_PIXELS = 1 << 24  # above this, Pillow's own check decides
REDUCTIONS = (8, 4, 2)  # of a side, that the decoder can do by leaving out frequencies


def plain_size(raw: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG with 8 bits, three components and no Exif or Adobe."""
    at = len(START)
    if not raw.startswith(START):
        return None
    while raw.startswith(b"\xff", at) and len(raw) >= at + 4 + FRAME.size:
        marker = raw[at + 1]
        if marker in FRAMES:
            bits, height, width, components = FRAME.unpack_from(raw, at + 4)
            plain = (bits, components) == (8, 3) and 0 < width * height <= MAX_PIXELS
            return (width, height) if plain else None
        if marker in NOT_PLAIN:
            return None
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return None


def decode(raw: bytes) -> Image.Image | None:
    """The RGB image of a plain and whole JPEG; None for anything else."""
    size = plain_size(raw)
    return decoded(raw, size, 1) if size else None


def reduced(raw: bytes, enough: int) -> Image.Image | None:
    """A plain, square JPEG with fewer pixels, `enough` per side at least; else None."""
    size = plain_size(raw)
    if size is None or size[0] != size[1]:
        return None
    for by in REDUCTIONS:
        if size[0] % by == 0 and size[0] // by >= enough:
            return decoded(raw, size, by)
    return None


def decoded(raw: bytes, size: tuple[int, int], by: int) -> Image.Image | None:
    """The image with its sides reduced by a factor; None if it is damaged."""
    width, height = (side // by for side in size)
    image = Image.new("RGB", (width, height), None)  # Image.frombytes makes it black
    with contextlib.suppress(ValueError):  # Pillow's long way says what is damaged
        image.frombytes(raw, "jpeg", "RGB", "", by, 0)
        return image
    return None
