"""What one run is asked: sums of its latents, whether it has memorised, its export."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from common.errors import UserError
from evaluation import snapshots, training_data, translate_folder
from evaluation.arithmetic import sums
from evaluation.export import writer
from evaluation.measure import results
from evaluation.memorisation import neighbours, proximity

if TYPE_CHECKING:
    from training import runs

KINDS = {"points": "points", "translations": "translations of images"}


@dataclasses.dataclass(frozen=True)
class Questions:
    """What eval.py's flags ask, instead of having everything drawn."""

    arithmetic: str | None = None  # an expression
    neighbours: bool = False
    export: Path | None = None  # the folder to write the generator to

    def __bool__(self) -> bool:
        wanted = self.arithmetic, self.export
        return self.neighbours or any(value is not None for value in wanted)


def answer(
    asked: Questions,
    run: runs.Run,
    directory: Path,
    step: str,
    ema: bool,
    data_dir: Path,
) -> list[Path]:
    """Draws what is asked of one checkpoint of a run; returns what it made.

    Raises:
        UserError: the run or its data cannot answer.
    """
    snapshot = snapshots.Snapshot(run, ema)
    paths = []
    if asked.arithmetic is not None or asked.neighbours:
        if snapshot.kind != "images":
            what = KINDS[snapshot.kind]
            raise UserError(
                f"run {run.name!r} makes {what}; --arithmetic and --neighbours are for "
                "runs that make images from noise"
            )
        info = training_data.needed(run, data_dir)
        translate_folder.show(snapshot, step)
        if asked.arithmetic is not None:
            paths += sums.draw(snapshot, info, directory, asked.arithmetic)
        if asked.neighbours:
            paths += neighbours.draw(snapshot, info, directory)
    if asked.export:
        translate_folder.show(snapshot, step)
        found = training_data.find(
            run, data_dir, "the dataset's facts on the model card"
        )
        measured = results.card(results.load(directory).get(run.name), run)
        paths += writer.write(snapshot, asked.export, found, measured)
    return paths


def sentences(path: Path) -> list[str]:
    """What one of the files says in a line."""
    if path.name == neighbours.FILE:
        return [proximity.sentence(json.loads(path.read_text()))]
    if path.parent.name == sums.FOLDER and path.suffix == ".json":
        return [sums.sentence(json.loads(path.read_text()))]
    return []
