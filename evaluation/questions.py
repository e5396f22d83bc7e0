"""Questions to one run: what its latents add up to, and whether it has memorised."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from errors import UserError
from evaluation import arithmetic, exhibits, folders, neighbours, proximity, real

if TYPE_CHECKING:
    from training import runs


@dataclasses.dataclass(frozen=True)
class Questions:
    """What eval.py's flags ask, instead of having everything drawn."""

    arithmetic: str | None = None  # an expression
    neighbours: bool = False

    def __bool__(self) -> bool:
        return self.neighbours or self.arithmetic is not None


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
    exhibit = exhibits.Exhibit(run, ema)
    if kind := unsuited(exhibit):
        raise UserError(
            f"run {run.name!r} makes {kind}; --arithmetic and --neighbours are for "
            "runs that make images from noise"
        )
    made = real.needed(run, data_dir)
    folders.show(exhibit, step)
    paths = []
    if asked.arithmetic is not None:
        paths += arithmetic.draw(exhibit, made, directory, asked.arithmetic)
    if asked.neighbours:
        paths += neighbours.draw(exhibit, made, directory)
    return paths


def unsuited(exhibit: exhibits.Exhibit) -> str:
    """What a run makes that is no image from noise; nothing if it does."""
    if exhibit.model.of_points:
        return "points"
    return "translations of images" if exhibit.model.directions else ""


def sentences(path: Path) -> list[str]:
    """What one of the files says in a line."""
    if path.name == neighbours.FILE:
        return [proximity.sentence(json.loads(path.read_text()))]
    if path.parent.name == arithmetic.FOLDER and path.suffix == ".json":
        return [arithmetic.sentence(json.loads(path.read_text()))]
    return []
