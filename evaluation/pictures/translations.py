"""What translators make of images that were held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evaluation import snapshots, training_data
from evaluation.pictures import gifs, grids


class Examples(NamedTuple):
    """Images to translate, [n, H, W, C] by domain (`a`, `b`), and what they are."""

    images: dict[str, np.ndarray]
    paired: bool  # row k of `a` and of `b` show the same
    split: str  # "test", "val" or "training"


# Columns of a sheet by their heads, each [n, H, W, C].
Columns = dict[str, np.ndarray]


class Sheets:
    """The runs' translations side by side, each of the first images held out."""

    def __init__(self, shown: Sequence[snapshots.Snapshot], data_dir: Path, count: int):
        self.shown = shown
        self.examples = [examples(snapshot, data_dir, count) for snapshot in shown]

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """All images at the steps shown; the first alone, no wider than in a GIF."""
        pairs = list(zip(self.shown, self.examples, strict=True))
        columns = [translations(snapshot, found) for snapshot, found in pairs]
        alone = [
            {way: {head: x[:1] for head, x in c.items()} for way, c in ways.items()}
            for ways in columns
        ]
        return self.picture(columns), self.picture(alone, gifs.SIDE)

    def cycles(self) -> np.ndarray | None:
        """There and back, of the runs that translate both ways; None without any."""
        pairs = zip(self.shown, self.examples, strict=True)
        columns = [cycles(snapshot, found) for snapshot, found in pairs]
        return self.picture(columns) if any(columns) else None

    def picture(
        self, columns: Sequence[dict[str, Columns]], limit: int | None = None
    ) -> np.ndarray:
        """Each run's sheets by direction, one below the other, under its name."""
        sheets = []
        for snapshot, found, ways in zip(
            self.shown, self.examples, columns, strict=True
        ):
            if ways:
                what = f"{found.split} images"
                drawn = [
                    grids.caption(sheet(c, len(ways), limit), way, what)
                    for way, c in ways.items()
                ]
                sheets.append(grids.caption(grids.stacked(drawn), *snapshot.label))
        return grids.beside(sheets)


def examples(snapshot: snapshots.Snapshot, data_dir: Path, count: int) -> Examples:
    """The first `count` images that a run never sees, or sees if all are for training.

    Raises:
        UserError: the run's dataset is not there.
    """
    info = training_data.needed(snapshot.run, data_dir)
    images = training_data.held_out(info, count)
    split = info.held_out or "training"
    return Examples(images, "target" in images, split)


def translations(snapshot: snapshots.Snapshot, found: Examples) -> dict[str, Columns]:
    """By direction: inputs, outputs and, of pairs, targets."""
    columns = {}
    for direction in snapshot.model.directions:
        source, target = domains(direction)
        x = found.images[source]
        columns[direction] = {
            "input": x, "output": snapshot.translate(x, direction)
        } | ({"target": found.images[target]} if found.paired else {})  # fmt: skip
    return columns


def cycles(snapshot: snapshots.Snapshot, found: Examples) -> dict[str, Columns]:
    """By direction: inputs, outputs and what comes of these on the way back."""
    directions = snapshot.model.directions
    if len(directions) < 2:
        return {}
    columns = {}
    for there, back in (directions, directions[::-1]):
        x = found.images[domains(there)[0]]
        y = snapshot.translate(x, there)
        cycle = {"input": x, "output": y, "back": snapshot.translate(y, back)}
        columns[f"{there}, {back}"] = cycle
    return columns


def domains(direction: str) -> tuple[str, str]:
    """From where to where: `AtoB` -> a, b."""
    source, target = direction.lower().split("to")
    return source, target


def sheet(columns: Columns, ways: int, limit: int | None = None) -> np.ndarray:
    """Columns under their heads, cut into blocks that stand side by side.

    As many as make `ways` such sheets, one below the other, near square.
    """
    rows = np.stack(list(columns.values()), axis=1)  # [n, columns, H, W, C]
    blocks = round(math.sqrt(ways * len(rows) / len(columns)))
    drawn = [
        grids.grid(block.reshape(-1, *rows.shape[2:]), len(columns), limit)
        for block in np.array_split(rows, max(blocks, 1))
    ]
    return grids.beside([grids.name_columns(block, list(columns)) for block in drawn])
