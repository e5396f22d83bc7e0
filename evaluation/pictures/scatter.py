"""Generated points over real ones, with their modes counted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from evaluation import snapshots, training_data
from evaluation.metrics import modes
from evaluation.pictures import grids

POINTS_COUNTED = 2500  # as VEEGAN does
POINTS_DRAWN = 2000  # of them
PLOT_SIDE = 360  # px, of the square [-1, 1] x [-1, 1]
SCALE = 2  # drawn larger by this and reduced, so that dots are round
FRAME_COLOUR = (190, 190, 190)
REAL_COLOUR = (205, 205, 205)
GENERATED_COLOUR = (214, 39, 40)
REAL_RADIUS = 4  # px, before the reduction
GENERATED_RADIUS = 2  # px, before the reduction


class Truth(NamedTuple):
    """The Gaussians of a dataset, and real points from them."""

    centres: np.ndarray  # [k, 2]
    deviation: float
    real: np.ndarray  # [POINTS_DRAWN, 2]


class Plots:
    """The runs' plots side by side, and the counts of all that were drawn."""

    def __init__(self, group: Sequence[snapshots.Snapshot], data_dir: Path):
        self.group = group
        self.truths = [load_truth(snapshot, data_dir) for snapshot in group]
        self.z = snapshots.latents(group, POINTS_COUNTED)
        self.counts: modes.CountTable = {}

    def draw(self) -> np.ndarray:
        """Draws the points of each run at its snapshot's step: uint8 [h, w, 3]."""
        each = zip(self.group, self.truths, self.z, strict=True)
        return grids.beside([self.plot(*one) for one in each])

    def plot(
        self, snapshot: snapshots.Snapshot, truth: Truth | None, z: np.ndarray
    ) -> np.ndarray:
        """Draws one run's captioned plot, and adds its entry to `counts`."""
        points = snapshot.draw(z).reshape(-1, 2)
        real = np.empty((0, 2))
        what = ("modes not counted", "")
        if truth is not None:
            real = truth.real
            counts = modes.count_modes(points, truth.centres, truth.deviation)
            self.counts.setdefault(snapshot.run.name, {})[snapshot.step] = counts
            covered = f"modes {counts['modes']}/{counts['of']}"
            what = (covered, f"high quality {100 * counts['high_quality']:.0f} %")

        plot = grids.caption(scatter(real, points[:POINTS_DRAWN]), *what)
        return grids.caption(plot, *snapshot.label)


def load_truth(snapshot: snapshots.Snapshot, data_dir: Path) -> Truth | None:
    """Returns the Gaussians of a run's dataset; None, with a warning, without it."""
    info = training_data.find(snapshot.run, data_dir, "real points and counts")
    if info is None:
        return None
    points = training_data.first(info, POINTS_DRAWN)["image"].reshape(-1, 2)
    return Truth(np.array(info.truth["centres"]), info.truth["deviation"], points)


def scatter(real: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """Draws points [n, 2] in [-1, 1] over pale real ones, in a frame: uint8 [h, w, 3].

    Points outside the square are drawn on its edge.
    """
    side = SCALE * PLOT_SIDE
    picture = np.full((side, side, 3), grids.BACKGROUND, np.uint8)
    draw_discs(picture, real, REAL_COLOUR, REAL_RADIUS)
    draw_discs(picture, generated, GENERATED_COLOUR, GENERATED_RADIUS)

    reduced = np.array(Image.fromarray(picture).reduce(SCALE))
    reduced[[0, -1]] = FRAME_COLOUR
    reduced[:, [0, -1]] = FRAME_COLOUR
    return grids.pad(reduced, *[grids.MARGIN] * 4)


def draw_discs(
    picture: np.ndarray, points: np.ndarray, colour: tuple[int, int, int], radius: int
) -> None:
    """Draws discs about points [n, 2] in [-1, 1]; the second coordinate is upwards."""
    last = len(picture) - 1
    x, y = np.clip(points, -1, 1).T
    columns = np.rint((1 + x) / 2 * last).astype(int)
    rows = np.rint((1 - y) / 2 * last).astype(int)
    for down, right in itertools.product(range(-radius, radius + 1), repeat=2):
        if down**2 + right**2 <= radius**2:
            pixels = np.clip([rows + down, columns + right], 0, last)  # [2, n]
            picture[*pixels] = colour
