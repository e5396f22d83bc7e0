"""Which files are images: those of all kinds that the installed Pillow opens."""

import functools

from PIL import Image, ImageFile

COMMON = ("JPEG", "PNG", "GIF", "WEBP")  # tried first
# Opened, but not decoded to pixels by Pillow itself: EPS is given to Ghostscript.
NOT_DECODED = {"EPS", "MPEG"}
OPENED_AS = {"MPO": "JPEG"}  # several pictures of a camera, the first of which is taken


@functools.cache
def formats() -> tuple[str, ...]:
    """Returns the names of Pillow's formats that are decoded, the common ones first."""
    Image.init()
    named = set(Image.registered_extensions().values())
    others = {name for name in named & set(Image.OPEN) if is_decoded(name)}
    return (*COMMON, *sorted(others - set(COMMON)))


def is_decoded(name: str) -> bool:
    """Returns whether Pillow reads a format's pixels, and not only its header."""
    opener = Image.OPEN[name][0]
    stub = isinstance(opener, type) and issubclass(opener, ImageFile.StubImageFile)
    return not stub and name not in NOT_DECODED


@functools.cache
def suffixes() -> tuple[str, ...]:
    """Returns the suffixes of images, in lower case."""
    known = formats()
    return tuple(
        suffix
        for suffix, name in Image.registered_extensions().items()
        if OPENED_AS.get(name, name) in known
    )


def is_named_so(name: str) -> bool:
    """Returns whether a path has the suffix of an image."""
    return name.lower().endswith(suffixes())
