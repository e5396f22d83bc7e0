"""Decoding an image file, cropping and resizing it to the pixels of an example."""

import functools
import io
import re
from collections.abc import Callable

import numpy as np
from PIL import ExifTags, Image, ImageOps

from common.errors import UserError
from datasets.images import colours, fast_jpeg, image_types

QUARTER_TURNS = range(5, 9)  # orientations of Exif that swap width and height
MIN_SIDE = 8  # below this an "image" is a tracking pixel or a placeholder

# Crops published for CelebA's images of 178x218; --crop N is a centre crop too.
OFFSET_CROPS = {"offset128": (50, 25, 128)}  # row, column, side
CENTER_CROPS = ("center178", "center160", "center128", "center108")
PADS = {"pad": "white", "pad-edge": "edge"}  # crop -> colour of what is added
CROPS = ("square", *PADS, "squash", *CENTER_CROPS, *OFFSET_CROPS)
FORMER_NAMES = {"squash": "none"}  # still taken, and what certificates have
CROP_WORDS = {
    "square": "square (the largest square about the centre)",
    "squash": "squash (the whole image, whatever its shape, becomes a square)",
    "pad": "pad (the whole image on white)",
    "pad-edge": "pad (the whole image on the colour of its edge)",
}
WHOLE_CROPS = ("squash", *PADS)  # that any image is large enough for
CENTER_CROP = re.compile(r"(?:center)?([1-9]\d{0,4})")


class UnusableError(ValueError):
    """An image that cannot be an example; it is skipped."""


class NotAPairError(UserError):
    """An image that is no pair; it ends the conversion."""


def crop_name(crop: str) -> str:
    """Returns the name under which a crop is recorded; `N` is short for `centerN`."""
    if crop in FORMER_NAMES.values():
        return next(name for name, old in FORMER_NAMES.items() if old == crop)
    if crop in CROPS:
        return crop
    if match := CENTER_CROP.fullmatch(crop):
        return f"center{match[1]}"
    raise UserError(f"--crop {crop!r}: give {', '.join(CROPS)} or a number of pixels")


def padded_crop(crop: str, pad_colour: str | None) -> str:
    """Returns the name of a crop with a colour of --pad_colour; UserError for none."""
    for name, colour in PADS.items():
        if crop == "pad" and pad_colour == colour:
            return name
    known = " or ".join(PADS.values())
    raise UserError(
        f"--pad_colour {pad_colour} with --crop {crop}: it is {known} and takes --crop "
        "pad"
    )


def crop_side(crop: str) -> int:
    """Returns the pixels that both sides of an image need for a crop."""
    if crop in OFFSET_CROPS:
        row, column, side = OFFSET_CROPS[crop]
        return side + max(row, column)
    match = CENTER_CROP.fullmatch(crop)
    return int(match[1]) if match else 1


@functools.lru_cache  # a dataset's images have few sizes
def crop_box(crop: str, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Returns left, top, right, bottom of a crop; None for the whole image.

    Raises:
        UnusableError: the image is smaller than the crop.
    """
    if crop in WHOLE_CROPS or (crop == "square" and width == height):
        return None

    if crop in OFFSET_CROPS:
        top, left, side = OFFSET_CROPS[crop]
    else:
        side = min(width, height) if crop == "square" else crop_side(crop)
        top, left = int((height - side) / 2), int((width - side) / 2)

    if min(top, left) < 0 or top + side > height or left + side > width:
        raise UnusableError(f"{width}x{height} is smaller than the crop {crop}")
    return left, top, left + side, top + side


def decode(raw: bytes, min_side: int | None = None) -> Image.Image:
    """Returns the upright first frame of an image file, in 8 bits per channel.

    A square JPEG is decoded to fewer pixels, at least `min_side` per side, if given.

    Raises:
        UnusableError: it is no image, or is damaged or too small.
    """
    try:
        reduced = fast_jpeg.decode_reduced(raw, min_side) if min_side else None
        image = (
            reduced
            or fast_jpeg.decode(raw)
            or Image.open(io.BytesIO(raw), formats=image_types.formats())
        )
        if min(image.size) < MIN_SIDE:
            raise UnusableError(f"{image.width}x{image.height} is too small")

        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return colours.plain(image, raw)
    except UnusableError:
        raise
    except Exception as error:  # Pillow's decoders raise anything on garbage
        raise UnusableError(reason(error)) from error


def size_of(raw: bytes) -> tuple[int, int] | None:
    """Returns the width and height of an image file, upright; None if it is none."""
    if plain := fast_jpeg.plain_size(raw):
        return plain
    try:
        image = Image.open(io.BytesIO(raw), formats=image_types.formats())
        turned = image.getexif().get(ExifTags.Base.Orientation) in QUARTER_TURNS
        return image.size[::-1] if turned else image.size
    except Exception:  # Pillow's decoders raise anything on garbage
        return None


def reason(error: Exception) -> str:
    """Returns in one line why Pillow could not decode an image."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "decompression bomb: more pixels than Pillow trusts"
    if isinstance(error, Image.UnidentifiedImageError):
        return "not an image that Pillow opens"
    return " ".join(f"{error}".split()) or type(error).__name__


def example(
    image: Image.Image, size: int, channels: int, crop: str, resize: str
) -> bytes:
    """Returns the uint8 pixels [size, size, channels] of an image."""
    box = crop_box(crop, *image.size)
    image = image.crop(box) if box else image
    image = colours.rgb(image) if channels == 3 else colours.grey(image)
    if crop in PADS:
        image = padded(image, PADS[crop])
    if image.size != (size, size):
        image = RESIZE[resize](image, size)
    return image.tobytes()


def padded(image: Image.Image, colour: str) -> Image.Image:
    """Returns an image in the middle of a square, white or of its edge's median."""
    width, height = image.size
    if width == height:
        return image
    side = max(width, height)
    fill = edge_colour(image) if colour == "edge" else "white"
    square = Image.new(image.mode, (side, side), fill)
    square.paste(image, ((side - width) // 2, (side - height) // 2))
    return square


def edge_colour(image: Image.Image) -> int | tuple[int, ...]:
    """Returns the median of the outermost pixels of each channel."""
    x = np.asarray(image)  # [H, W] or [H, W, C]
    edge = np.concatenate([x[0], x[-1], x[:, 0], x[:, -1]])
    median = np.median(edge, axis=0).astype(int).tolist()
    return tuple(median) if isinstance(median, list) else median


def halves(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Returns the left and the right half; NotAPairError for an odd width."""
    width, height = image.size
    if width % 2:
        raise NotAPairError(f"is {width}x{height}: an odd width cannot be halved")
    middle = width // 2
    return image.crop((0, 0, middle, height)), image.crop((middle, 0, width, height))


def join_halves(left: Image.Image, right: Image.Image) -> Image.Image:
    """Returns two images side by side, in RGB; NotAPairError if their sizes differ."""
    if left.size != right.size:
        sizes = " and ".join(f"{i.width}x{i.height}" for i in (left, right))
        raise NotAPairError(f"is {sizes}: a pair's images have one size")
    both = Image.new("RGB", (2 * left.width, left.height))
    both.paste(colours.rgb(left), (0, 0))
    both.paste(colours.rgb(right), (left.width, 0))
    converted = right.info | left.info
    if colours.CONVERTED in converted:
        both.info[colours.CONVERTED] = converted[colours.CONVERTED]
    return both


def antialias(image: Image.Image, size: int) -> Image.Image:
    """Resizes with Pillow's bilinear filter, which averages all pixels it covers."""
    return image.resize((size, size), Image.Resampling.BILINEAR)


def legacy(image: Image.Image, size: int) -> Image.Image:
    """Resizes as TensorFlow 1's bilinear: no half-pixel centres, no antialiasing.

    From 128 to 64 the result is exactly x[::2, ::2].
    """
    x = np.asarray(image, np.float32)
    for axis in (1, 0):
        length = x.shape[axis]
        position = np.arange(size, dtype=np.float32) * np.float32(length / size)
        below = position.astype(int)
        above = np.minimum(below + 1, length - 1)
        weight = np.expand_dims(position - below, tuple(range(1, x.ndim - axis)))
        low = x.take(below, axis)
        x = low + (x.take(above, axis) - low) * weight
    return Image.fromarray(np.rint(x).astype(np.uint8))


RESIZE: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "antialias": antialias,
    "legacy": legacy,
}
