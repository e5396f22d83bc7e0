"""Walks through latent space: closed loops, and rows from one latent to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common import files
from common.progress import Progress
from evaluation import snapshots
from evaluation.pictures import gifs, grids, interpolation, side_by_side, webp

LOOPS = 16  # walks side by side in latent.gif
STATIONS = 6  # latents that each of them visits
WALKS, STRIDES = 8, 10  # rows and columns of latent.png
LOOP_MS = 70  # per frame of latent.gif


def draw(
    group: Sequence[snapshots.Snapshot],
    directory: Path,
    most: int,
    frames: int,
    form: str,
) -> list[Path]:
    """Writes closed loops and latent.png, a walk per row.

    Args:
        group: snapshots to draw side by side.
        directory: where to write.
        most: loops in latent.gif, at most.
        frames: of latent.gif.
        form: a key of INTERPOLATIONS.

    Returns:
        The paths.
    """
    interpolate = interpolation.INTERPOLATIONS[form]
    loops = min(most, LOOPS)
    latents = snapshots.latents(group, STATIONS * loops)
    paths = []  # [frames, loops, d] of each snapshot
    for snapshot, z in zip(group, latents, strict=True):
        stations = z.reshape(STATIONS, loops, -1)
        noise, codes = snapshot.parts(stations)
        loop = interpolation.closed_loop(noise, frames, interpolate)
        paths.append(with_codes(loop, codes[0]))

    pictures = []
    for frame in Progress(range(frames), "frames of latent.gif"):
        pairs = zip(group, paths, strict=True)
        images = [snapshot.draw(path[frame]) for snapshot, path in pairs]
        pictures.append(side_by_side.labelled(group, images, limit=gifs.GRID_WIDTH))
    return [
        *write_loop(directory, pictures),
        files.write(directory / "latent.png", rows(group, interpolate)),
    ]


def write_loop(directory: Path, pictures: Sequence[np.ndarray]) -> list[Path]:
    """Writes latent.gif; beside a large one latent.webp, if that is smaller."""
    durations = [LOOP_MS] * len(pictures)
    gif = gifs.encode(pictures, durations)
    paths = [files.write(directory / "latent.gif", gif)]

    path = directory / "latent.webp"
    light = webp.encode(pictures, durations) if len(gif) > webp.LARGE else None
    if light and len(light) < len(gif):
        return [*paths, files.write(path, light)]
    path.unlink(missing_ok=True)  # of a walk with other flags
    return paths


def rows(
    group: Sequence[snapshots.Snapshot], interpolate: interpolation.Interpolation
) -> bytes:
    """Returns a PNG with WALKS rows, from a latent to another in STRIDES images."""
    walks = []
    for snapshot, z in zip(group, snapshots.latents(group, 2 * WALKS), strict=True):
        noise, codes = snapshot.parts(z)
        walk = interpolation.rows(noise[::2], noise[1::2], STRIDES, interpolate)
        walk = with_codes(walk, codes[::2, np.newaxis])  # [WALKS, STRIDES, d]
        walks.append(snapshot.draw(walk.reshape(-1, z.shape[-1])))
    return grids.png(side_by_side.labelled(group, walks, columns=STRIDES))


def with_codes(path: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Returns a path through noise [..., n, d] with constant codes [n, k] behind it."""
    constant = np.broadcast_to(codes, (*path.shape[:-1], codes.shape[-1]))
    return np.concatenate([path, constant], axis=-1)
