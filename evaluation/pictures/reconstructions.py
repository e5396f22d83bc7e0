"""Real images above their reconstructions by a run's autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluation import snapshots, training_data
from evaluation.pictures import grids

COLUMNS = 8
ROW_PAIRS = 4  # a row of real images and one of reconstructions


def picture(group: Sequence[snapshots.Snapshot], data_dir: Path) -> np.ndarray | None:
    """Draws the sheets of all runs with an autoencoder side by side; None without any.

    Returns uint8 [h, w, 3].
    """
    sheets = []
    for snapshot in group:
        drawn = sheet(snapshot, data_dir) if snapshot.has_autoencoder else None
        if drawn is not None:
            sheets.append(drawn)
    return grids.beside(sheets) if sheets else None


def sheet(snapshot: snapshots.Snapshot, data_dir: Path) -> np.ndarray | None:
    """Draws the run's first training images above reconstructions, row by row.

    Returns uint8 [h, w, 3], or None where the run's data are missing.
    """
    info = training_data.find(snapshot.run, data_dir, "reconstructions")
    if info is None:
        return None
    seed = snapshot.run.config["seed"]
    images = training_data.first(info, COLUMNS * ROW_PAIRS, seed)["image"]
    reconstructed = snapshot.reconstruct(images)

    shape = (ROW_PAIRS, COLUMNS, *images.shape[1:])
    pairs = np.concatenate(
        [images.reshape(shape), reconstructed.reshape(shape)], axis=1
    )  # [ROW_PAIRS, 2 * COLUMNS, H, W, C]
    rows = np.concatenate([grids.grid(pair, COLUMNS) for pair in pairs])
    what = f"step {snapshot.step:,}: real above reconstructed"
    return grids.caption(rows, snapshot.run.name, what)
