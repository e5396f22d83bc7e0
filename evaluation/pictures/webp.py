"""WebP of pictures that are large as PNG or GIF."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageSequence

LARGE = 2_000_000  # bytes of a PNG or a GIF: above, WebP is tried
LONGEST_SIDE = 16_383  # px that the format can have
QUALITY = 85  # of 100


def light(data: bytes) -> bytes:
    """Returns a picture as it is, or as WebP where it is large and that is smaller."""
    if len(data) <= LARGE:
        return data
    with Image.open(io.BytesIO(data)) as image:
        frames = [np.asarray(frame.convert("RGB")) for frame in frames_of(image)]
        durations = [frame.info.get("duration", 0) for frame in frames_of(image)]
    return min(data, encode(frames, durations) or data, key=len)


def frames_of(image: Image.Image) -> Sequence[Image.Image]:
    """Returns all frames of an animation, or the picture itself."""
    return [frame.copy() for frame in ImageSequence.Iterator(image)]


def encode(frames: Sequence[np.ndarray], milliseconds: Sequence[int]) -> bytes | None:
    """Encodes uint8 [h, w, 3] frames as a WebP that plays for ever.

    `milliseconds` has each frame's duration. None where a side is too long.
    """
    if max(frames[0].shape) > LONGEST_SIDE:
        return None
    first, *others = map(Image.fromarray, frames)
    options = {"duration": list(milliseconds), "loop": 0} if others else {}
    file = io.BytesIO()
    first.save(
        file,
        "WEBP",
        quality=QUALITY,
        save_all=bool(others),
        append_images=others,
        **options,
    )
    return file.getvalue()
