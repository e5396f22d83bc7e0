"""Draws runs: samples, their timeline, latent walks, reconstructions, curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tqdm
from absl import logging

from common import files
from common.errors import UserError
from evaluation import snapshots, step_selection
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

if TYPE_CHECKING:
    from training import runs

TIMELINE_MS, FASTEST_MS, SLOWEST_MS, HOLD_MS = 8000, 40, 400, 1500


# What is shown at a moment: as it is, or no wider than a GIF's frame.
Draw = Callable[[], tuple[np.ndarray, np.ndarray]]


def render(
    opened: Sequence[runs.Run], directory: Path, options: EvalOptions
) -> list[Path]:
    """Draws the runs side by side into `directory`; returns what it made.

    What comes after the samples is of the last checkpoint chosen.
    """
    shown = [snapshots.Snapshot(run, options.ema) for run in opened]
    saved = step_selection.align([snapshot.saved() for snapshot in shown])
    moments = step_selection.select(saved, options.step)
    draw = DRAWING[snapshots.common_kind(shown)]
    written = draw(shown, moments, directory, options)
    plotted = curves.png({run.name: run.metrics() for run in opened})
    return written + (
        [files.write(directory / "curves.png", plotted)] if plotted else []
    )


def draw_points(
    shown: Sequence[snapshots.Snapshot],
    moments: step_selection.Moments,
    directory: Path,
    options: EvalOptions,
) -> list[Path]:
    """Plots of generated points over real ones, and their modes."""
    plots = scatter.Plots(shown, options.data_dir)

    def draw() -> tuple[np.ndarray, np.ndarray]:
        plot = plots.draw()
        return plot, plot

    written = draw_samples(shown, moments, directory, options, draw)
    return written + write_modes(directory, plots.counts)


def draw_translations(
    shown: Sequence[snapshots.Snapshot],
    moments: step_selection.Moments,
    directory: Path,
    options: EvalOptions,
) -> list[Path]:
    """Held-out images beside their translations, and there and back."""
    sheets = translations.Sheets(shown, options.data_dir, options.sample_size)
    written = draw_samples(shown, moments, directory, options, sheets.draw)
    cycles = sheets.cycles()
    if cycles is not None:
        path = directory / "reconstructions.png"
        written.append(files.write(path, grids.png(cycles)))
    return written


def draw_images(
    shown: Sequence[snapshots.Snapshot],
    moments: step_selection.Moments,
    directory: Path,
    options: EvalOptions,
) -> list[Path]:
    """The probe's grids, walks, codes, reconstructions, modes of stacked digits."""
    probes = snapshots.latents(shown, options.sample_size)

    def draw() -> tuple[np.ndarray, np.ndarray]:
        images = [snapshot.draw(z) for snapshot, z in zip(shown, probes, strict=True)]
        return (
            side_by_side.labelled(shown, images),
            side_by_side.labelled(shown, images, limit=gifs.GRID_WIDTH),
        )

    written = draw_samples(shown, moments, directory, options, draw)
    written += latent_walks.draw(
        shown, directory, options.sample_size, options.frames, options.interpolation
    )
    written += latent_codes.draw(
        shown, directory, options.sample_size, options.frames, options.data_dir
    )
    sheets = reconstructions.picture(shown, options.data_dir)
    if sheets is not None:
        path = directory / "reconstructions.png"
        written.append(files.write(path, grids.png(sheets)))
    return written + write_modes(
        directory, stacked_digits.counts(shown, options.data_dir)
    )


DRAWING = {
    "images": draw_images,
    "points": draw_points,
    "translations": draw_translations,
}


def write_modes(directory: Path, counts: modes.CountTable) -> list[Path]:
    """modes.json, where there are counts."""
    if not counts:
        return []
    return [files.write(directory / modes.MODES_FILE, modes.to_json(counts))]


def draw_samples(
    shown: Sequence[snapshots.Snapshot],
    moments: step_selection.Moments,
    directory: Path,
    options: EvalOptions,
    draw: Draw,
) -> list[Path]:
    """The picture of every moment, and all of them as timeline.gif."""
    written, frames = [], []
    for step in at(shown, moments):
        picture, frame = draw()
        path = directory / "samples" / f"{step}.png"
        written.append(files.write(path, grids.png(picture)))
        frames.append(frame)
    if not frames:
        names = " and ".join(snapshot.run.name for snapshot in shown)
        raise UserError(
            f"the checkpoints of {names} were removed (--keep) before they could be "
            "read; run eval.py again"
        )
    if options.step == "all":
        gif = gifs.encode(frames, timeline_durations(len(frames)))
        written.append(files.write(directory / "timeline.gif", gif))
    return written


def at(
    shown: Sequence[snapshots.Snapshot], moments: step_selection.Moments
) -> Iterator[int]:
    """Loads each moment's checkpoints and yields its step; skips what has vanished."""
    for step, saved in tqdm.tqdm(moments.items(), "checkpoints", disable=None):
        try:
            for snapshot, checkpoint in zip(shown, saved, strict=True):
                snapshot.show(checkpoint)
        except FileNotFoundError:
            logging.info("step %d is skipped: its checkpoint was removed", step)
            continue
        yield step


def timeline_durations(frames: int) -> list[int]:
    """Milliseconds per frame: about 8 s in all, with a rest on the last one."""
    each = min(max(TIMELINE_MS // frames, FASTEST_MS), SLOWEST_MS)
    return [each] * (frames - 1) + [HOLD_MS]
