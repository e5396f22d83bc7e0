"""Images inside the page: each is embedded once, as a data URI."""

import base64
import html
import io
from collections.abc import Sequence

from PIL import Image

from evaluation.report import content


def uri(data: bytes, mime: str) -> str:
    """The bytes as an address that needs no network."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def image(data: bytes, alt: str, attributes: str = "") -> str:
    """An <img> that has its size before it is decoded."""
    with Image.open(io.BytesIO(data)) as opened:
        width, height = opened.size
        source = uri(data, Image.MIME[opened.format or "PNG"])
    return (
        f'<img src="{source}" width="{width}" height="{height}" '
        f'alt="{html.escape(alt)}"{attributes}>'
    )


def still(data: bytes) -> bytes | None:
    """The first frame of an animation as PNG; None of what does not move."""
    with Image.open(io.BytesIO(data)) as opened:
        if not getattr(opened, "is_animated", False):
            return None
        file = io.BytesIO()
        opened.convert("RGB").save(file, "PNG")
    return file.getvalue()


def figure(picture: content.Picture) -> str:
    """A picture under its title; animations stand still for who asked for that."""
    shown = image(picture.data, picture.alt)
    if first := still(picture.data):
        shown = (
            '<picture><source media="(prefers-reduced-motion: reduce)" '
            f'srcset="{uri(first, "image/png")}">{shown}</picture>'
        )
    return (
        f'<figure class="picture"><figcaption>{html.escape(picture.title)}'
        f"</figcaption>{shown}</figure>"
    )


def track(drawn: content.Track) -> str:
    """All frames of a track, of which the last is shown until page.js takes over."""
    last = drawn.steps[-1]
    frames = [
        image(
            frame,
            f"{drawn.alt}, step {step:,}",
            f' data-step="{step}"{"" if step == last else " hidden"}',
        )
        for step, frame in zip(drawn.steps, drawn.frames, strict=True)
    ]
    return (
        f'<figure class="track"><figcaption>{html.escape(drawn.title)} '
        f'<span class="at">step {last:,}</span></figcaption>'
        f'<div class="frames">{"".join(frames)}</div></figure>'
    )


def tracks(drawn: Sequence[content.Track]) -> str:
    """All tracks that have a frame."""
    return "".join(track(one) for one in drawn if one.steps)
