"""Pictures of runs: samples, their timeline, latent walks, reconstructions, curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from common import files
from common.errors import UserError
from evaluation import snapshots, studies, training_data
from evaluation.eval_options import EvalOptions
from evaluation.measure import stacked_digits
from evaluation.metrics import modes
from evaluation.pictures import (
    curves,
    gifs,
    grids,
    latent_codes,
    latent_walks,
    reconstructions,
    scatter,
    side_by_side,
    translations,
)

SAMPLES_FOLDER = "samples"
FRAME_TILES = 16  # samples in a frame of timeline.gif, at most
MOST_ROWS = 16  # of a sheet with a row for each example
TIMELINE_MS, FASTEST_MS, SLOWEST_MS, HOLD_MS = 8000, 40, 400, 1500

Snapshots = Sequence[snapshots.Snapshot]


class KindSheets(Protocol):
    """What is drawn of runs of one kind, side by side."""

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns a picture of the checkpoints loaded, and it as a frame of a GIF."""

    def draw_last(self, directory: Path) -> list[Path]:
        """Writes what is drawn of the last checkpoints alone; returns the files."""


class ImageSheets:
    """Grids of the probe; then walks, codes, reconstructions, modes of digits."""

    def __init__(self, group: Snapshots, options: EvalOptions):
        self.group, self.options = group, options
        self.latents = snapshots.latents(group, options.sample_size)
        self.real = [real_row(s, options) for s in group] if options.real_row else None

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        pairs = zip(self.group, self.latents, strict=True)
        images = [snapshot.draw(z) for snapshot, z in pairs]
        scale = self.options.scale
        picture = side_by_side.labelled(self.group, images, real=self.real, scale=scale)
        first = [batch[:FRAME_TILES] for batch in images]
        return picture, side_by_side.labelled(self.group, first, limit=gifs.GRID_WIDTH)

    def draw_last(self, directory: Path) -> list[Path]:
        o = self.options
        paths = latent_walks.draw(
            self.group, directory, o.sample_size, o.frames, o.interpolation
        )
        paths += latent_codes.draw(
            self.group, directory, o.sample_size, o.frames, o.data_dir
        )
        sheets = reconstructions.picture(self.group, o.data_dir)
        paths += write_reconstructions(directory, sheets)
        counts = stacked_digits.counts(self.group, o.data_dir)
        return paths + write_modes(directory, counts)


def real_row(snapshot: snapshots.Snapshot, options: EvalOptions) -> np.ndarray:
    """Returns the first images that a run saw, one for each column of its samples.

    Raises:
        UserError: its dataset is missing.
    """
    info = training_data.needed(snapshot.run, options.data_dir)
    columns = grids.near_square(options.sample_size)
    return training_data.first(info, columns, snapshot.run.config["seed"])["image"]


class PointSheets:
    """Plots of generated points over real ones; then their modes at every step."""

    def __init__(self, group: Snapshots, options: EvalOptions):
        self.plots = scatter.Plots(group, options.data_dir)

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        plot = self.plots.draw()
        return plot, plot

    def draw_last(self, directory: Path) -> list[Path]:
        return write_modes(directory, self.plots.counts)


class TranslationSheets:
    """Held-out images beside their translations; then there and back."""

    def __init__(self, group: Snapshots, options: EvalOptions):
        data_dir, count = options.data_dir, min(options.sample_size, MOST_ROWS)
        self.sheets = translations.HeldOutTranslations(group, data_dir, count)

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        return self.sheets.draw()

    def draw_last(self, directory: Path) -> list[Path]:
        return write_reconstructions(directory, self.sheets.cycles())


def sheets_of(group: Snapshots, options: EvalOptions) -> KindSheets:
    """Returns what draws runs of their kind."""
    match snapshots.common_kind(group):
        case "points":
            return PointSheets(group, options)
        case "translations":
            return TranslationSheets(group, options)
        case _:
            return ImageSheets(group, options)


class RunGallery:
    """The files of named runs: a picture of each moment, then those of the last."""

    def __init__(self, directory: Path, options: EvalOptions):
        self.directory, self.options = directory, options
        self.paths: list[Path] = []

    def begin(self, members: Sequence[studies.StudyRun], group: Snapshots) -> None:
        """Prepares to draw runs side by side."""
        self.group, self.frames = group, list[np.ndarray]()
        self.sheets = sheets_of(group, self.options)

    def draw(self, step: int) -> None:
        """Writes the picture of the checkpoints that are loaded."""
        picture, frame = self.sheets.draw()
        path = self.directory / SAMPLES_FOLDER / f"{step}.png"
        self.paths.append(files.write(path, grids.png(picture)))
        self.frames.append(frame)

    def finish(self) -> None:
        """Writes timeline.gif, what is drawn of the last checkpoints, and curves.png.

        Raises:
            UserError: no checkpoint could be read.
        """
        if not self.frames:
            names = " and ".join(snapshot.run.name for snapshot in self.group)
            raise UserError(
                f"the checkpoints of {names} were removed (--keep) before they could "
                "be read; run eval.py again"
            )
        if self.options.step == "all":
            gif = gifs.encode(self.frames, timeline_durations(len(self.frames)))
            self.paths.append(files.write(self.directory / "timeline.gif", gif))
        self.paths += self.sheets.draw_last(self.directory)

        plotted = curves.png({s.run.name: s.run.metrics() for s in self.group})
        if plotted:
            self.paths.append(files.write(self.directory / "curves.png", plotted))


def write_reconstructions(directory: Path, sheets: np.ndarray | None) -> list[Path]:
    """Writes reconstructions.png, where there are any."""
    if sheets is None:
        return []
    return [files.write(directory / "reconstructions.png", grids.png(sheets))]


def write_modes(directory: Path, counts: modes.CountTable) -> list[Path]:
    """Writes modes.json, where there are counts."""
    if not counts:
        return []
    return [files.write(directory / modes.MODES_FILE, modes.to_json(counts))]


def timeline_durations(frames: int) -> list[int]:
    """Returns milliseconds per frame: about 8 s in all, with a rest on the last one."""
    each = min(max(TIMELINE_MS // frames, FASTEST_MS), SLOWEST_MS)
    return [each] * (frames - 1) + [HOLD_MS]
