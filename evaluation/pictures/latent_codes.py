"""Traversals of labels and latent codes: one varies, the rest of a latent is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import logging

from common import files
from common.progress import Progress
from evaluation import snapshots, training_data
from evaluation.pictures import gifs, grids, interpolation

CODES_FOLDER = "codes"
CONTINUOUS_RANGE = (-1.0, 1.0)  # of a continuous code
MOST_CATEGORIES = 20  # the first ones; others are not drawn
NOISES = 10  # columns of a category's grid, rows of a continuous code's
GRID_VALUES = 11  # of a continuous code in its grid
MIXTURES = 10  # from a category to the next, both included
TILES = 16  # in a GIF, at most
FRAME_MS = 100  # of a GIF


class CodeTraversal:
    """One code of a snapshot, varied in some latents [n, d].

    `stations` are the values that it walks through: its categories, one-hot [k, size],
    or the ends of its range, [2, 1].
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

        self.stations = np.reshape(CONTINUOUS_RANGE, (2, 1))
        self.note = ""
        self.names: list[str] = []
        if self.categorical:
            size = self.code.size
            self.stations = np.eye(size)[:MOST_CATEGORIES]
            if size > MOST_CATEGORIES:
                self.note = f"the first {MOST_CATEGORIES} of {size:,}"
            self.names = self.classes(data_dir) or [str(k) for k in range(size)]

    def classes(self, data_dir: Path) -> list[str] | None:
        """Returns the dataset's names of the categories, if the code is its label."""
        if self.code.name not in self.snapshot.model.reads:
            return None
        info = training_data.find(self.snapshot.run, data_dir, "names of classes")
        if info is None or len(info.classes) != self.code.size:
            return None
        return list(info.classes)

    def images(self, z: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Returns images of latents with this code set to values.

        Args:
            z: [rows, columns, d], or what broadcasts to it.
            values: [rows, columns, size or 1], or what broadcasts to it.

        Returns:
            [rows * columns, H, W, C].
        """
        rows, columns = np.broadcast_shapes(z.shape[:-1], values.shape[:-1])
        varied = np.broadcast_to(z, (rows, columns, z.shape[-1])).copy()
        varied[..., self.code.span] = values
        return self.snapshot.draw(varied.reshape(rows * columns, -1))

    def grid(self) -> np.ndarray:
        """Draws a row per category and a noise per column, or a noise per row."""
        if self.categorical:
            images = self.images(self.z[:NOISES], self.stations[:, np.newaxis])
            picture = grids.name_rows(
                grids.grid(images, NOISES), self.names[: len(self.stations)]
            )
            return self.caption(picture, "a noise per column")
        values = np.linspace(*CONTINUOUS_RANGE, GRID_VALUES)
        images = self.images(self.z[:NOISES, np.newaxis], values[:, np.newaxis])
        picture = grids.name_columns(
            grids.grid(images, GRID_VALUES), [f"{value:.1f}" for value in values]
        )
        return self.caption(picture, "a noise per row")

    def mixtures(self) -> np.ndarray:
        """Draws each category mixed with the next in a row, all of one noise."""
        following = np.roll(np.arange(len(self.stations)), -1)
        ends = self.stations[following]
        walks = interpolation.rows(self.stations, ends, MIXTURES, interpolation.lerp)
        picture = grids.name_rows(
            grids.grid(self.images(self.z[0], walks), MIXTURES),
            [f"{self.names[k]} to {self.names[n]}" for k, n in enumerate(following)],
        )
        return self.caption(picture, "from each to the next, one noise")

    def path(self, frames: int) -> np.ndarray:
        """Returns values once round the stations and back: [frames, size]."""
        return interpolation.closed_loop(self.stations, frames, interpolation.lerp)

    def frame(self, value: np.ndarray, tiles: int) -> np.ndarray:
        """Draws some latents, in all of which the code has one value [size]."""
        images = self.images(self.z[np.newaxis, :tiles], value)
        picture = grids.grid(images, limit=gifs.GRID_WIDTH)
        return self.caption(picture, self.text(value))

    def text(self, value: np.ndarray) -> str:
        """Returns a value [size] in words: its categories, the strongest first."""
        if not self.categorical:
            return f"{value[0]:+.2f}"
        strongest = np.argsort(-value, kind="stable")
        present = [k for k in strongest if value[k] >= 0.005]
        if len(present) == 1:
            return self.names[present[0]]
        return ", ".join(f"{self.names[k]} ({value[k]:.0%})" for k in present)

    def caption(self, picture: np.ndarray, what: str) -> np.ndarray:
        """Sets run, step, the code's name and what varies above a picture."""
        picture = grids.caption(picture, f"{self.code.name}: {what}", self.note)
        return grids.caption(picture, *self.snapshot.label)


def draw(
    group: Sequence[snapshots.Snapshot],
    directory: Path,
    most: int,
    frames: int,
    data_dir: Path,
) -> list[Path]:
    """Writes pictures of every code in CODES_FOLDER; none without codes.

    Args:
        group: snapshots to draw side by side.
        directory: where CODES_FOLDER appears.
        most: tiles in a GIF, at most.
        frames: of each GIF.
        data_dir: where the names of classes are.

    Returns:
        The pictures' paths.
    """
    if not comparable(group):
        return []
    tiles = min(most, TILES)
    latents = snapshots.latents(group, max(NOISES, tiles))
    folder = directory / CODES_FOLDER
    paths = []

    for position, code in enumerate(group[0].model.codes):
        traversals = [
            CodeTraversal(snapshot, position, z, data_dir)
            for snapshot, z in zip(group, latents, strict=True)
        ]
        pictures = {f"{code.name}.png": [each.grid() for each in traversals]}
        if code.kind == "categorical":
            mixtures = [each.mixtures() for each in traversals]
            pictures[f"{code.name}-between.png"] = mixtures

        for name, sheets in pictures.items():
            paths.append(files.write(folder / name, grids.png(grids.beside(sheets))))
        gif = animate(traversals, frames, tiles)
        paths.append(files.write(folder / f"{code.name}.gif", gif))
    return paths


def comparable(group: Sequence[snapshots.Snapshot]) -> bool:
    """Returns whether all runs have the same codes; warns where they differ."""
    codes = [[(c.name, c.kind) for c in snapshot.model.codes] for snapshot in group]
    if any(each != codes[0] for each in codes):
        logging.warning(
            "codes of %s are left out, because they differ: draw each by a call of its "
            "own",
            " and ".join(snapshot.run.name for snapshot in group),
        )
        return False
    return True


def animate(traversals: Sequence[CodeTraversal], frames: int, tiles: int) -> bytes:
    """Returns a GIF in which one code of each run moves, and nothing else."""
    name = f"{CODES_FOLDER}/{traversals[0].code.name}.gif"
    paths = zip(*(each.path(frames) for each in traversals), strict=True)
    pictures = []
    for values in Progress(list(paths), f"drawing {name}"):
        pairs = zip(traversals, values, strict=True)
        pictures.append(
            grids.beside([each.frame(value, tiles) for each, value in pairs])
        )
    return gifs.encode(pictures, [FRAME_MS] * frames)
