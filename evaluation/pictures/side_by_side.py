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
) -> np.ndarray:
    """Returns each run's images as a captioned grid, joined from left to right.

    Args:
        group: the runs.
        images: of each run, [n, H, W, C] in [-1, 1].
        columns: of a grid; None: near square.
        limit: px that a grid is no wider than; None: no limit.
    """
    pictures = []
    for snapshot, batch in zip(group, images, strict=True):
        grid = grids.grid(batch, columns, limit)
        pictures.append(grids.caption(grid, *snapshot.label))
    return grids.beside(pictures)
