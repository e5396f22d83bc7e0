"""Tracks through training in rows and columns: seeds by models, or runs."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from evaluation.pictures import grids
from evaluation.report import content

MOST_FRAMES, MOST_BYTES = 30, 3_000_000  # of all tracks of a page
WIDE = 1.5  # as wide as high: takes the page's width where it stands alone


class Row(NamedTuple):
    """A track for each column, or None."""

    name: str
    tracks: Sequence[content.Track | None]


class Timeline(NamedTuple):
    """Tracks that line up, whatever their number."""

    columns: Sequence[str]
    rows: Sequence[Row]

    @property
    def is_wide(self) -> bool:
        """Whether it takes the page's width: several columns, or a wide picture."""
        if len(self.columns) > 1:
            return True
        sizes = [size_of(t.frames[-1]) for row in self.rows for t in row.tracks if t]
        return any(width > WIDE * height for width, height in sizes)


def arranged(tracks: Iterable[content.Track]) -> Timeline:
    """Returns tracks by their row and column; several of one place have rows each."""
    tracks = [track for track in tracks if track.steps]
    columns = list(dict.fromkeys(track.column for track in tracks))
    rows: list[tuple[str, dict[str, content.Track]]] = []
    for track in tracks:
        free = (
            own
            for name, own in rows
            if (name, track.column in own) == (track.row, False)
        )
        own = next(free, None)
        if own is None:
            own = {}
            rows.append((track.row, own))
        own[track.column] = track
    return Timeline(
        columns, [Row(name, [own.get(c) for c in columns]) for name, own in rows]
    )


def thinned(tracks: Sequence[content.Track]) -> list[content.Track]:
    """Returns as many frames as a page can carry, evenly taken, with the last ones."""
    size = sum(len(frame) for track in tracks for frame in track.frames)
    longest = max((len(track.steps) for track in tracks), default=1)
    stride = max(math.ceil(size / MOST_BYTES), math.ceil(longest / MOST_FRAMES), 1)

    thin = []
    for track in tracks:
        chosen = slice((len(track.steps) - 1) % stride, None, stride)
        steps, frames = track.steps[chosen], track.frames[chosen]
        thin.append(track._replace(steps=steps, frames=frames))
    return thin


def split(picture: np.ndarray, count: int) -> list[np.ndarray] | None:
    """Cuts a picture of runs side by side, [h, w, 3], into one of each.

    None where no margins are found at equal distances: the runs' pictures differ in
    size.
    """
    width, rest = divmod(picture.shape[1], count)
    if rest:
        return None
    for cut in range(width, picture.shape[1], width):
        margin = picture[:, cut - grids.MARGIN : cut + grids.MARGIN]
        if (margin != grids.BACKGROUND).any():
            return None
    return np.split(picture, count, axis=1)


def by_run(track: content.Track, names: Sequence[str]) -> list[content.Track]:
    """Returns a track of each run, of one that shows them side by side.

    The track itself where its pictures cannot be cut.
    """
    pictures = [split(decoded(frame), len(names)) for frame in track.frames]
    parts = [part for part in pictures if part is not None]
    if len(parts) < len(pictures):
        return [track]
    return [
        track._replace(
            title=name,
            column=name,
            frames=[grids.png(part[place]) for part in parts],
            alt=f"samples of {name}, of the same latents at every step",
        )
        for place, name in enumerate(names)
    ]


def decoded(data: bytes) -> np.ndarray:
    """Returns an encoded picture as uint8 [h, w, 3]."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def is_animated(data: bytes) -> bool:
    """Returns whether an encoded picture has several frames."""
    with Image.open(io.BytesIO(data)) as image:
        return getattr(image, "is_animated", False)


def size_of(data: bytes) -> tuple[int, int]:
    """Returns the width and height of an encoded picture."""
    with Image.open(io.BytesIO(data)) as image:
        return image.size
