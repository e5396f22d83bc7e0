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

SAMPLES = 2500  # counted, as VEEGAN does
DRAWN = 2000  # of them
SIDE = 360  # px, of the square [-1, 1] x [-1, 1]
SCALE = 2  # drawn larger by this and reduced, so that dots are round
FRAME, REAL, GENERATED = (190, 190, 190), (205, 205, 205), (214, 39, 40)
REAL_RADIUS, RADIUS = 4, 2  # px, before the reduction


class Truth(NamedTuple):
    """Gaussians, and real points [DRAWN, 2] from them."""

    centres: np.ndarray
    deviation: float
    real: np.ndarray


class Plots:
    """The runs' plots side by side, and the counts of all that were drawn."""

    def __init__(self, shown: Sequence[snapshots.Snapshot], data_dir: Path):
        self.shown = shown
        self.truths = [truth_of(snapshot, data_dir) for snapshot in shown]
        self.z = snapshots.latents(shown, SAMPLES)
        self.counts: modes.Table = {}

    def draw(self) -> np.ndarray:
        """What the runs generate at the steps that they show."""
        each = zip(self.shown, self.truths, self.z, strict=True)
        return grids.beside([self.plot(*one) for one in each])

    def plot(
        self, snapshot: snapshots.Snapshot, truth: Truth | None, z: np.ndarray
    ) -> np.ndarray:
        """One run's captioned plot, and its entry in `counts`."""
        points = snapshot.draw(z).reshape(-1, 2)
        below, what = np.empty((0, 2)), ("modes not counted", "")
        if truth is not None:
            below = truth.real
            found = modes.count(points, truth.centres, truth.deviation)
            self.counts.setdefault(snapshot.run.name, {})[snapshot.step] = found
            covered = f"modes {found['modes']}/{found['of']}"
            what = (covered, f"high quality {100 * found['high_quality']:.0f} %")
        plot = grids.caption(scatter(below, points[:DRAWN]), *what)
        return grids.caption(plot, *snapshot.label)


def truth_of(snapshot: snapshots.Snapshot, data_dir: Path) -> Truth | None:
    """What a run's points should look like; None, with a warning, without its data."""
    info = training_data.find(snapshot.run, data_dir, "real points and counts")
    if info is None:
        return None
    points = training_data.first(info, DRAWN)["image"].reshape(-1, 2)
    return Truth(np.array(info.truth["centres"]), info.truth["deviation"], points)


def scatter(real_points: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """Points [n, 2] in [-1, 1] over pale real ones, in a frame: uint8 [h, w, 3]."""
    picture = np.full((SCALE * SIDE, SCALE * SIDE, 3), grids.BACKGROUND, np.uint8)
    dot(picture, real_points, REAL, REAL_RADIUS)
    dot(picture, generated, GENERATED, RADIUS)
    reduced = np.array(Image.fromarray(picture).reduce(SCALE))
    reduced[[0, -1]] = reduced[:, [0, -1]] = FRAME
    return grids.pad(reduced, *[grids.MARGIN] * 4)


def dot(
    picture: np.ndarray, points: np.ndarray, colour: tuple[int, int, int], radius: int
) -> None:
    """Paints discs about points [n, 2] in [-1, 1]; the second coordinate is upwards."""
    last = len(picture) - 1
    x, y = np.clip(points, -1, 1).T
    columns = np.rint((1 + x) / 2 * last).astype(int)
    rows = np.rint((1 - y) / 2 * last).astype(int)
    for down, right in itertools.product(range(-radius, radius + 1), repeat=2):
        if down**2 + right**2 <= radius**2:
            painted = np.clip([rows + down, columns + right], 0, last)
            picture[*painted] = colour
