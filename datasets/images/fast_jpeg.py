"""A shorter way into Pillow's JPEG decoder, for plain JPEGs.

Pillow reads a JPEG's header in Python, which takes a quarter of the time of a small
image. Here only its size is read; the decoder is Pillow's, and so are the pixels. A
JPEG that is not plain (8 bits, three components, no Exif, no Adobe) is left to Pillow.
"""

import contextlib
import struct

from PIL import Image

JPEG_START = b"\xff\xd8"
# Start of frame: precision, height, width, components (ITU-T T.81, B.2.2).
FRAME_HEADER = struct.Struct(">BHHB")
FRAME_MARKERS = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive
# Exif may turn the image, Adobe may mean other colours; a scan needs a frame before.
ODD_MARKERS = {0xE1, 0xEE, 0xDA}
MAX_PIXELS = 1 << 24  # above this, Pillow's own check decides
WHOLE_SIZE = "whole size"  # key of a reduced image's info
REDUCTIONS = (8, 4, 2)  # of a side: the decoder leaves out high frequencies


def plain_size(raw: bytes) -> tuple[int, int] | None:
    """Returns width and height of a plain JPEG; None for anything else."""
    if not raw.startswith(JPEG_START):
        return None

    at = len(JPEG_START)
    while raw.startswith(b"\xff", at) and len(raw) >= at + 4 + FRAME_HEADER.size:
        marker = raw[at + 1]
        if marker in FRAME_MARKERS:
            bits, height, width, components = FRAME_HEADER.unpack_from(raw, at + 4)
            plain = (bits, components) == (8, 3) and 0 < width * height <= MAX_PIXELS
            return (width, height) if plain else None
        if marker in ODD_MARKERS:
            return None
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return None


def decode(raw: bytes) -> Image.Image | None:
    """Returns the RGB image of a plain and undamaged JPEG; None for anything else."""
    size = plain_size(raw)
    return decode_plain(raw, size, 1) if size else None


def decode_reduced(raw: bytes, min_side: int) -> Image.Image | None:
    """Returns a plain, square JPEG with fewer pixels, at least `min_side` per side.

    None if it is not plain, not square, or too small to be reduced.
    """
    size = plain_size(raw)
    if size is None or size[0] != size[1]:
        return None
    for factor in REDUCTIONS:
        if size[0] % factor == 0 and size[0] // factor >= min_side:
            image = decode_plain(raw, size, factor)
            if image:
                image.info[WHOLE_SIZE] = size
            return image
    return None


def decode_plain(raw: bytes, size: tuple[int, int], factor: int) -> Image.Image | None:
    """Returns the image with its sides divided by a factor; None if it is damaged."""
    width, height = (side // factor for side in size)
    image = Image.new("RGB", (width, height), None)  # Image.frombytes makes it black
    with contextlib.suppress(ValueError):  # Image.open names the damage
        image.frombytes(raw, "jpeg", "RGB", "", factor, 0)
        return image
    return None
