"""Sheets of held-out images beside their translations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evaluation import snapshots, training_data
from evaluation.pictures import gifs, grids


class TranslationInputs(NamedTuple):
    """Images to translate, by domain."""

    images: dict[str, np.ndarray]  # of `a` and of `b`, [n, H, W, C] each
    paired: bool  # image k of `a` and of `b` show the same
    split: str  # "test", "val" or "training"


# Columns of a sheet by their heads, each [n, H, W, C].
Columns = dict[str, np.ndarray]


class HeldOutTranslations:
    """The runs' translations side by side, each of the first images held out."""

    def __init__(self, group: Sequence[snapshots.Snapshot], data_dir: Path, count: int):
        self.group = group
        self.inputs = [load_inputs(snapshot, data_dir, count) for snapshot in group]

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Draws the snapshots' translations: all, and the first as a GIF's frame."""
        pairs = zip(self.group, self.inputs, strict=True)
        columns = [translations(snapshot, inputs) for snapshot, inputs in pairs]
        first = [
            {direction: first_row(c) for direction, c in by_direction.items()}
            for by_direction in columns
        ]
        return self.picture(columns), self.picture(first, gifs.GRID_WIDTH)

    def cycles(self) -> np.ndarray | None:
        """Draws there and back, for runs that translate both ways; None without any."""
        pairs = zip(self.group, self.inputs, strict=True)
        columns = [cycles(snapshot, inputs) for snapshot, inputs in pairs]
        return self.picture(columns) if any(columns) else None

    def picture(
        self, columns: Sequence[dict[str, Columns]], limit: int | None = None
    ) -> np.ndarray:
        """Draws each run's sheets by direction, one below the other, under its name."""
        sheets = []
        for snapshot, inputs, by_direction in zip(
            self.group, self.inputs, columns, strict=True
        ):
            if not by_direction:
                continue
            what = f"{inputs.split} images"
            pictures = [
                grids.caption(sheet(c, len(by_direction), limit), direction, what)
                for direction, c in by_direction.items()
            ]
            sheets.append(grids.caption(grids.stack(pictures), *snapshot.label))

        return grids.beside(sheets)


def load_inputs(
    snapshot: snapshots.Snapshot, data_dir: Path, count: int
) -> TranslationInputs:
    """Returns the first `count` images that the run was not trained on.

    Where the dataset holds none out they are the first that it was trained on.

    Raises:
        UserError: the run's dataset is not there.
    """
    info = training_data.needed(snapshot.run, data_dir)
    images = training_data.held_out(info, count)
    split = info.held_out or "training"
    return TranslationInputs(images, "target" in images, split)


def translations(
    snapshot: snapshots.Snapshot, inputs: TranslationInputs
) -> dict[str, Columns]:
    """Returns inputs, outputs and, of pairs, targets, by direction."""
    columns = {}
    for direction in snapshot.model.directions:
        source, target = domains(direction)
        x = inputs.images[source]
        columns[direction] = {"input": x, "output": snapshot.translate(x, direction)}
        if inputs.paired:
            columns[direction]["target"] = inputs.images[target]
    return columns


def cycles(
    snapshot: snapshots.Snapshot, inputs: TranslationInputs
) -> dict[str, Columns]:
    """Returns inputs, outputs and their translations back, by both directions."""
    directions = snapshot.model.directions
    if len(directions) < 2:
        return {}
    columns = {}
    for there, back in (directions, directions[::-1]):
        x = inputs.images[domains(there)[0]]
        y = snapshot.translate(x, there)
        cycle = {"input": x, "output": y, "back": snapshot.translate(y, back)}
        columns[f"{there}, {back}"] = cycle
    return columns


def first_row(columns: Columns) -> Columns:
    """Returns the first image of each column."""
    return {head: images[:1] for head, images in columns.items()}


def domains(direction: str) -> tuple[str, str]:
    """Returns from which domain to which a direction is: `AtoB` -> a, b."""
    source, target = direction.lower().split("to")
    return source, target


def sheet(columns: Columns, ways: int, limit: int | None = None) -> np.ndarray:
    """Draws columns under their heads, cut into blocks that stand side by side.

    There are as many blocks as make `ways` such sheets, one below the other, nearly
    square.
    """
    rows = np.stack(list(columns.values()), axis=1)  # [n, columns, H, W, C]
    blocks = round(math.sqrt(ways * len(rows) / len(columns)))
    pictures = [
        grids.grid(block.reshape(-1, *rows.shape[2:]), len(columns), limit)
        for block in np.array_split(rows, max(blocks, 1))
    ]
    return grids.beside(
        [grids.name_columns(block, list(columns)) for block in pictures]
    )
