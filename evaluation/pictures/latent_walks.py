"""Walks through latent space: closed loops, and rows from one latent to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tqdm

from common import files
from evaluation import snapshots
from evaluation.pictures import gifs, grids, interpolation, side_by_side

LOOPS = 16  # walks side by side in latent.gif
STATIONS = 6  # latents that each of them visits
WALKS, STRIDES = 8, 10  # rows and columns of latent.png
LOOP_MS = 70  # per frame of latent.gif


def draw(
    shown: Sequence[snapshots.Snapshot],
    directory: Path,
    most: int,
    frames: int,
    form: str,
) -> list[Path]:
    """latent.gif, at most `most` loops, and latent.png, a walk per row."""
    interpolate = interpolation.INTERPOLATIONS[form]
    loops = min(most, LOOPS)
    paths = []
    for snapshot, z in zip(
        shown, snapshots.latents(shown, STATIONS * loops), strict=True
    ):
        stations = z.reshape(STATIONS, loops, -1)
        noise, codes = snapshot.parts(stations)
        paths.append(
            held(interpolation.closed_loop(noise, frames, interpolate), codes[0])
        )
    pictures = []
    for turn in tqdm.trange(frames, desc="latent.gif", disable=None):
        images = [e.draw(path[turn]) for e, path in zip(shown, paths, strict=True)]
        pictures.append(side_by_side.labelled(shown, images, limit=gifs.SIDE))
    gif = gifs.encode(pictures, [LOOP_MS] * len(pictures))
    return [
        files.write(directory / "latent.gif", gif),
        files.write(directory / "latent.png", rows(shown, interpolate)),
    ]


def rows(
    shown: Sequence[snapshots.Snapshot], interpolate: interpolation.Interpolation
) -> bytes:
    """A PNG with WALKS rows, each from a latent to another in STRIDES images."""
    walks = []
    for snapshot, z in zip(shown, snapshots.latents(shown, 2 * WALKS), strict=True):
        noise, codes = snapshot.parts(z)
        walk = interpolation.rows(noise[::2], noise[1::2], STRIDES, interpolate)
        walk = held(walk, codes[::2, np.newaxis])
        walks.append(snapshot.draw(walk.reshape(-1, z.shape[-1])))
    return grids.png(side_by_side.labelled(shown, walks, columns=STRIDES))


def held(path: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """A path through noise [..., n, d] with the same codes [n, k] all the way."""
    same = np.broadcast_to(codes, (*path.shape[:-1], codes.shape[-1]))
    return np.concatenate([path, same], axis=-1)
