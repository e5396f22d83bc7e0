"""A study's pictures as files, for slides and papers: table, samples, curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from common import files
from evaluation import run_pictures
from evaluation.pictures import curves, gifs, grids
from evaluation.report import content, table_figure, timelines

CELL_WIDTH = 260  # px: a run's smaller grid is enlarged towards this
GIF_WIDTH = 1280  # px: a wider timeline has smaller grids


def write(study: str, page: content.Page, directory: Path) -> list[Path]:
    """Writes what a study's page shows as pictures of its own; returns the files."""
    paths = []
    figures = [table for table in page.tables if not table.is_folded]
    for kind in ("png", "pdf") if figures else ():
        data = table_figure.encoded(figures, kind)
        paths.append(files.write(directory / f"table.{kind}", data))
    for kind in ("png", "pdf") if page.panels else ():
        data = curves.encoded(page.panels, kind, page.labels)
        paths.append(files.write(directory / f"curves.{kind}", data))
    return [*paths, *write_samples(study, page.tracks, directory)]


def write_samples(
    study: str, tracks: Sequence[content.Track], directory: Path
) -> list[Path]:
    """Writes samples.png, the last of every run, and timeline.gif, every step's."""
    timeline = timelines.arranged(tracks)
    steps = sorted({step for track in tracks for step in track.steps})
    if not steps:
        return []
    png = grids.png(sheet(study, timeline, steps[-1]))
    frames = [sheet(study, timeline, step, GIF_WIDTH) for step in steps]
    gif = gifs.encode(frames, run_pictures.timeline_durations(len(frames)))
    return [
        files.write(directory / "samples.png", png),
        files.write(directory / "timeline.gif", gif),
    ]


def sheet(
    study: str, timeline: timelines.Timeline, step: int, limit: int | None = None
) -> np.ndarray:
    """Draws every run's newest samples until a step: uint8 [h, w, 3].

    Models are columns and seeds are rows. `limit` is the most px that it is wide, apart
    from what whole factors of size leave over.
    """
    newest = [[until(track, step) for track in row.tracks] for row in timeline.rows]
    largest = max(
        timelines.size_of(track.frames[0])
        for row in timeline.rows
        for track in row.tracks
        if track
    )
    blank = np.full((*reversed(largest), 3), grids.BACKGROUND, np.uint8)
    room = limit // len(timeline.columns) if limit else None

    rows = []
    for row, frames in zip(timeline.rows, newest, strict=True):
        cells = [blank if data is None else timelines.decoded(data) for data in frames]
        picture = grids.beside([scaled(cell, room) for cell in cells])
        rows.append(grids.caption(picture, row.name, "") if row.name else picture)
    picture = grids.name_columns(grids.stack(rows), timeline.columns)
    return grids.caption(picture, study, f"step {step:,}")


def until(track: content.Track | None, step: int) -> bytes | None:
    """Returns a track's newest frame until a step, if there is any."""
    if track is None:
        return None
    frames = [f for s, f in zip(track.steps, track.frames, strict=True) if s <= step]
    return frames[-1] if frames else None


def scaled(picture: np.ndarray, room: int | None) -> np.ndarray:
    """Enlarges [h, w, 3] to be legible, or reduces it to its room, by whole factors."""
    width = picture.shape[1]
    if room and width > room:
        factor = -(-width // room)  # rounded up
        return np.asarray(Image.fromarray(picture).reduce(factor))
    factor = max(1, round(CELL_WIDTH / width))
    if room:
        factor = min(factor, room // width)
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)
