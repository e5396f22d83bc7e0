"""Real images above what a run's autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluation import snapshots, training_data
from evaluation.pictures import grids

COLUMNS, PAIRS = 8, 4  # images in a row; rows of real images


def picture(shown: Sequence[snapshots.Snapshot], data_dir: Path) -> np.ndarray | None:
    """The sheets of the runs with an autoencoder side by side; None without any."""
    drawn = [sheet(e, data_dir) for e in shown if e.has_autoencoder]
    sheets = [picture for picture in drawn if picture is not None]
    return grids.beside(sheets) if sheets else None


def sheet(snapshot: snapshots.Snapshot, data_dir: Path) -> np.ndarray | None:
    """Rows of what the run saw first, above reconstructions; None without images."""
    info = training_data.find(snapshot.run, data_dir, "reconstructions")
    if info is None:
        return None
    images = training_data.first(info, COLUMNS * PAIRS, snapshot.run.config["seed"])[
        "image"
    ]
    form = (PAIRS, COLUMNS, *images.shape[1:])
    both = [images.reshape(form), snapshot.reconstruct(images).reshape(form)]
    pairs = np.concatenate(both, axis=1)  # [PAIRS, 2 * COLUMNS, H, W, C]
    rows = np.concatenate([grids.grid(pair, COLUMNS) for pair in pairs])
    what = f"step {snapshot.step:,}: real above reconstructed"
    return grids.caption(rows, snapshot.run.name, what)
