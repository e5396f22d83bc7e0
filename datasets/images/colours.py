"""Colours of any kind as 8 bits of grey, RGB or RGBA."""

import numpy as np
from PIL import Image

PLAIN_MODES = {"1", "L", "P", "RGB", "RGBA", "LA", "PA", "La", "RGBa"}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The key of an image's info that says from what its colours were converted.
CONVERTED = "converted from"


def plain(image: Image.Image, raw: bytes) -> Image.Image:
    """Returns an image of any colours in one of PLAIN_MODES; its info says from what.

    Grey levels of more than 8 bits are scaled from their own range to 0 ... 255.
    """
    kind = ""
    if image.mode.startswith("I") or image.mode == "F":
        kind = f"{'16-bit' if '16' in image.mode else '32-bit'} grey, by its own range"
        image = scaled(image)
    elif image.mode not in PLAIN_MODES:
        kind = image.mode
        image = image.convert("RGB")
    elif raw.startswith(PNG_SIGNATURE) and raw[24] == 16:  # the bit depth of a PNG
        kind = "16-bit colours, by their upper 8 bits"  # all that Pillow decodes

    if kind:
        image.info[CONVERTED] = kind
    return image


def scaled(image: Image.Image) -> Image.Image:
    """Returns grey levels from their lowest to their highest as 0 to 255."""
    levels = np.asarray(image, np.float64)
    low, high = levels.min(), levels.max()
    if not np.isfinite([low, high]).all():
        raise ValueError("levels that are no numbers")
    steps = (levels - low) * (255 / max(high - low, 1e-9))
    return Image.fromarray(np.rint(steps).astype(np.uint8))


def rgb(image: Image.Image) -> Image.Image:
    """Returns the image in RGB, on white where it is transparent."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        image = Image.alpha_composite(white, over)
    return image.convert("RGB")


def grey(image: Image.Image) -> Image.Image:
    """Returns the image in grey, on white where it is transparent."""
    if image.has_transparency_data:
        image = rgb(image)
    return image.convert("L")
