"""Points of the plane from known Gaussians: ring8 and grid25."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue, paths
from datasets.sources import raw_items, selection

POINT_COUNT = 100_000
POINT_SEED = 0


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, Path]]:
    """Raises UserError: the points are generated."""
    raise UserError(
        f"{entry.name} is generated: leave --source {path} out, or add your own images "
        f"with `python download.py folder NAME --source {paths.quoted(path)}`"
    )


def generate(directory: Path, entry: catalogue.Entry) -> None:
    """Writes the points, float32 [POINT_COUNT, 2]; point i is of mode i % modes."""
    centres = np.array(entry.truth["centres"])  # [modes, 2]
    noise = np.random.default_rng(POINT_SEED).standard_normal((POINT_COUNT, 2))
    points = np.resize(centres, (POINT_COUNT, 2)) + entry.truth["deviation"] * noise
    np.save(directory / f"{entry.name}.npy", points.astype("<f4"))


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the points, labelled by the Gaussians that they are from."""
    file = raw / f"{entry.name}.npy"
    try:
        points = np.load(file)
        if points.shape != (POINT_COUNT, 2) or points.dtype != np.float32:
            raise ValueError(f"it has {points.dtype} {points.shape}")
    except (OSError, EOFError, ValueError) as error:
        raise UserError(
            f"{file} is damaged ({error}): remove {raw} and run the same command again"
        ) from error
    labels = np.arange(len(points)) % len(entry.classes)
    return raw_items.of_array(points, labels, entry.classes)
