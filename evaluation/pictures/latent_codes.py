"""What each label or latent code does, while the rest of a latent is held fixed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tqdm
from absl import logging

from common import files
from evaluation import snapshots, training_data
from evaluation.pictures import gifs, grids, interpolation

FOLDER = "codes"
LOW, HIGH = -1.0, 1.0  # of a continuous code
MOST = 20  # categories drawn: the first ones
NOISES = 10  # columns of a category's grid, rows of a continuous code's
VALUES = 11  # of a continuous code in its grid
STEPS = 10  # from a category to the next, both included
TILES = 16  # in a GIF, at most
TURN_MS = 100  # per frame of a GIF


class Factor:
    """One code of a run on show, and the latents [n, d] that it is varied in.

    `stations` are what it walks through: its categories, one-hot [k, size], or the
    ends of its range, [2, 1].
    """

    def __init__(
        self,
        snapshot: snapshots.Snapshot,
        position: int,
        z: np.ndarray,
        data_dir: Path,
    ):
        self.snapshot = snapshot
        self.code = snapshot.model.codes[position]
        self.z = z
        self.categorical = self.code.kind == "categorical"
        self.stations = np.array([[LOW], [HIGH]])
        self.note, self.names = "", list[str]()
        if self.categorical:
            size = self.code.size
            self.stations = np.eye(size)[:MOST]
            self.note = f"the first {MOST} of {size:,}" if size > MOST else ""
            self.names = self.classes(data_dir) or [str(k) for k in range(size)]

    def classes(self, data_dir: Path) -> list[str] | None:
        """What the dataset calls the categories of a label that it comes with."""
        if self.code.name not in self.snapshot.model.reads:
            return None
        info = training_data.find(self.snapshot.run, data_dir, "names of classes")
        known = info is not None and len(info.classes) == self.code.size
        return list(info.classes) if info is not None and known else None

    def images(self, z: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Images [rows * columns, H, W, C] of latents with this code set to values.

        [rows, columns, d] and [rows, columns, size or 1] are broadcast.
        """
        rows, columns = np.broadcast_shapes(z.shape[:-1], values.shape[:-1])
        varied = np.broadcast_to(z, (rows, columns, z.shape[-1])).copy()
        varied[..., self.code.span] = values
        return self.snapshot.draw(varied.reshape(rows * columns, -1))

    def grid(self) -> np.ndarray:
        """A row per category and a noise per column, or a noise per row."""
        if self.categorical:
            images = self.images(self.z[:NOISES], self.stations[:, np.newaxis])
            picture = grids.name_rows(
                grids.grid(images, NOISES), self.names[: len(self.stations)]
            )
            return self.captioned(picture, "a noise per column")
        values = np.linspace(LOW, HIGH, VALUES)
        images = self.images(self.z[:NOISES, np.newaxis], values[:, np.newaxis])
        picture = grids.name_columns(
            grids.grid(images, VALUES), [f"{value:.1f}" for value in values]
        )
        return self.captioned(picture, "a noise per row")

    def between(self) -> np.ndarray:
        """Each category mixed with the next in a row, all of one noise."""
        following = np.roll(np.arange(len(self.stations)), -1)
        ends = self.stations[following]
        walks = interpolation.rows(self.stations, ends, STEPS, interpolation.lerp)
        picture = grids.name_rows(
            grids.grid(self.images(self.z[0], walks), STEPS),
            [f"{self.names[k]} to {self.names[n]}" for k, n in enumerate(following)],
        )
        return self.captioned(picture, "from each to the next, one noise")

    def path(self, frames: int) -> np.ndarray:
        """Once round the categories, or from LOW to HIGH and back: [frames, size]."""
        return interpolation.closed_loop(self.stations, frames, interpolation.lerp)

    def frame(self, value: np.ndarray, tiles: int) -> np.ndarray:
        """Some latents, in all of which the code has one value [size]."""
        images = self.images(self.z[np.newaxis, :tiles], value)
        picture = grids.grid(images, limit=gifs.SIDE)
        return self.captioned(picture, self.text(value))

    def text(self, value: np.ndarray) -> str:
        """A value in words: the categories in it, the strongest first."""
        if not self.categorical:
            return f"{value[0]:+.2f}"
        strongest = np.argsort(-value, kind="stable")
        present = [k for k in strongest if value[k] >= 0.005]
        if len(present) == 1:
            return self.names[present[0]]
        return ", ".join(f"{self.names[k]} ({value[k]:.0%})" for k in present)

    def captioned(self, picture: np.ndarray, what: str) -> np.ndarray:
        """Sets run, step, the code's name and what is seen above a picture."""
        picture = grids.caption(picture, f"{self.code.name}: {what}", self.note)
        return grids.caption(picture, *self.snapshot.label)


def draw(
    shown: Sequence[snapshots.Snapshot],
    directory: Path,
    most: int,
    frames: int,
    data_dir: Path,
) -> list[Path]:
    """Pictures of every code, the runs side by side, in FOLDER; none without codes."""
    if not comparable(shown):
        return []
    tiles = min(most, TILES)
    latents = snapshots.latents(shown, max(NOISES, tiles))
    written = []
    for position, code in enumerate(shown[0].model.codes):
        pairs = zip(shown, latents, strict=True)
        factors = [Factor(e, position, z, data_dir) for e, z in pairs]
        pictures = {f"{code.name}.png": [c.grid() for c in factors]}
        if code.kind == "categorical":
            pictures[f"{code.name}-between.png"] = [c.between() for c in factors]
        for name, sheets in pictures.items():
            png = grids.png(grids.beside(sheets))
            written.append(files.write(directory / FOLDER / name, png))
        gif = animated(factors, frames, tiles)
        written.append(files.write(directory / FOLDER / f"{code.name}.gif", gif))
    return written


def comparable(shown: Sequence[snapshots.Snapshot]) -> bool:
    """Whether all runs have the same codes; warns where they differ."""
    found = [[(c.name, c.kind) for c in snapshot.model.codes] for snapshot in shown]
    if any(codes != found[0] for codes in found):
        logging.warning(
            "codes of %s are left out, because they differ: draw each by a call of its "
            "own",
            " and ".join(snapshot.run.name for snapshot in shown),
        )
        return False
    return True


def animated(factors: Sequence[Factor], frames: int, tiles: int) -> bytes:
    """A GIF in which one code of each run moves, and nothing else."""
    paths = [factor.path(frames) for factor in factors]
    name = f"{FOLDER}/{factors[0].code.name}.gif"
    pictures = []
    for values in tqdm.tqdm(list(zip(*paths, strict=True)), name, disable=None):
        pairs = zip(factors, values, strict=True)
        pictures.append(grids.beside([c.frame(value, tiles) for c, value in pairs]))
    return gifs.encode(pictures, [TURN_MS] * frames)
