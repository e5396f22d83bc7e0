"""Grids of several runs side by side, each under its run's name and step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation import snapshots
from evaluation.pictures import grids


def labelled(
    group: Sequence[snapshots.Snapshot],
    images: Sequence[np.ndarray],
    columns: int | None = None,
    limit: int | None = None,
    real: Sequence[np.ndarray] | None = None,
    scale: int = 1,
) -> np.ndarray:
    """Returns each run's images as a captioned grid, joined from left to right.

    Args:
        group: the runs.
        images: of each run, [n, H, W, C] in [-1, 1].
        columns: of a grid; None: near square.
        limit: px that a grid is no wider than; None: no limit.
        real: of each run, real images [n, H, W, C] for a row above its own.
        scale: whole factor by which images are enlarged.
    """
    pictures = []
    for place, (snapshot, batch) in enumerate(zip(group, images, strict=True)):
        grid = grids.grid(batch, columns, limit, scale)
        picture = grids.caption(grid, *snapshot.label)
        if real is not None:
            row = grids.grid(real[place], len(real[place]), limit, scale)
            picture = grids.stack([grids.caption(row, "real images", ""), picture])
        pictures.append(picture)
    return grids.beside(pictures)
