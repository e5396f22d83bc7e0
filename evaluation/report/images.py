"""Images inside the page, as data URIs."""

import base64
import io
from typing import NamedTuple

from PIL import Image


class EmbeddedImage(NamedTuple):
    """A PNG or a GIF as an address that needs no network, with its size in pixels."""

    source: str
    width: int
    height: int
    still: str  # the first frame of an animation; "" for what does not move


def embedded(data: bytes) -> EmbeddedImage:
    """Returns an image for an <img> that has its size before it is decoded."""
    with Image.open(io.BytesIO(data)) as image:
        source = uri(data, Image.MIME[image.format or "PNG"])
        still = first_frame(image) if getattr(image, "is_animated", False) else ""
        return EmbeddedImage(source, *image.size, still)


def first_frame(image: Image.Image) -> str:
    """Returns the first frame of an animation, as a PNG's address."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "PNG")
    return uri(file.getvalue(), "image/png")


def uri(data: bytes, mime: str) -> str:
    """Returns an address that holds the bytes."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
