"""Tests whether a run has memorised: the training images nearest to its samples.

Near ones are no proof by themselves: real images that the run was not trained on are
near to some, too. So the distances are compared with those.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import files
from datasets.info import Info
from evaluation import snapshots, training_data
from evaluation.features import train_classifier
from evaluation.memorisation import proximity, search
from evaluation.pictures import grids, interpolation, latent_walks

NEIGHBOURS_FILE = "neighbours.json"
PICTURE = "neighbours.png"
ROWS = 8  # of the sheet: samples, and as many points of a walk
NEIGHBOURS_SHOWN = 3  # of each
COMPARISON_SIZE = 1000  # samples, and real images, whose distances are compared


class RealImages(NamedTuple):
    """Real images to compare with."""

    images: np.ndarray  # [n, H, W, C]
    positions: np.ndarray  # [n], in the training set; -1: they are not in it
    description: str


def draw(snapshot: snapshots.Snapshot, info: Info, directory: Path) -> list[Path]:
    """Writes PICTURE and NEIGHBOURS_FILE for the snapshot's checkpoint.

    Returns their paths.
    """
    model = train_classifier.load_or_train(info)
    spaces = {"pixels": search.pixels, "features": model.features}
    samples = snapshot.draw(np.asarray(snapshot.model.probe(COMPARISON_SIZE)))
    points = snapshot.draw_among_others(walk(snapshot))
    queries = np.concatenate([samples[:ROWS], points])  # [2 * ROWS, H, W, C]
    real = reference(info)

    searched = np.concatenate([queries, samples, real.images])
    by_space = search.nearest(searched, info, spaces, NEIGHBOURS_SHOWN + 1)
    first = len(queries)
    last = first + len(samples)
    nearest = {
        name: neighbours.select(0, first, NEIGHBOURS_SHOWN)
        for name, neighbours in by_space.items()
    }
    distances = {
        name: proximity.Distances(
            neighbours.distances[first:last, 0],
            neighbours.select(last, None).nearest_other(real.positions),
        )
        for name, neighbours in by_space.items()
    }

    report = {
        "step": snapshot.step,
        "extractor": model.description,
        "training_images": info.count,
        "samples": len(samples),
        "compared_with": real.description,
        **{name: space.summary() for name, space in distances.items()},
        "shown": table(nearest),
    }
    tiles = pictures(info, nearest)
    picture = proximity.sheet(queries, tiles, nearest, distances, report)
    picture = grids.caption(picture, *snapshot.label)
    return [
        files.write(directory / PICTURE, grids.png(picture)),
        files.write(directory / NEIGHBOURS_FILE, json.dumps(report, indent=1) + "\n"),
    ]


def walk(snapshot: snapshots.Snapshot) -> np.ndarray:
    """Returns ROWS latents [n, d] on the great arc from a probe latent to another.

    All have the codes of the first. The two follow the samples on the sheet.
    """
    noise, codes = snapshot.parts(np.asarray(snapshot.model.probe(ROWS + 2))[ROWS:])
    (path,) = interpolation.rows(noise[:1], noise[1:], ROWS)
    return latent_walks.with_codes(path, codes[0])


def reference(info: Info) -> RealImages:
    """Returns images that are held out; without any, some of those trained on."""
    if info.held_out:
        part = info.part(info.held_out)
        positions = choose(part.count)
        text = f"{len(positions):,} held-out images ({info.held_out})"
        nowhere = np.full(len(positions), -1)
        return RealImages(images_at(part, positions), nowhere, text)
    positions = choose(info.count)
    text = (
        f"{len(positions):,} training images, each with the others (none are held out)"
    )
    return RealImages(images_at(info, positions), positions, text)


def choose(count: int) -> np.ndarray:
    """Returns at most COMPARISON_SIZE of `count` positions, evenly likely."""
    return np.random.default_rng(0).permutation(count)[:COMPARISON_SIZE]


def images_at(info: Info, positions: np.ndarray) -> np.ndarray:
    """Returns the images at positions [n], in [-1, 1]: [n, H, W, C]."""
    blocks = training_data.blocks(info, positions)
    return np.concatenate([values["image"] for _, values in blocks])


def pictures(
    info: Info, nearest: dict[str, search.Neighbours]
) -> dict[str, np.ndarray]:
    """Returns the neighbours' images in each space: [q, k, H, W, C]."""
    return {
        name: images_at(info, neighbours.positions.ravel()).reshape(
            *neighbours.positions.shape, *info.shape
        )
        for name, neighbours in nearest.items()
    }


def table(nearest: dict[str, search.Neighbours]) -> list[dict[str, Any]]:
    """Returns positions and distances of the neighbours in each row of the sheet."""
    rows: list[dict[str, Any]] = []
    for row in range(2 * ROWS):
        kind = "sample" if row < ROWS else "walk"
        entry: dict[str, Any] = {"what": f"{kind} {row % ROWS + 1}"}
        for name, neighbours in nearest.items():
            pairs = zip(
                neighbours.positions[row], neighbours.distances[row], strict=True
            )
            entry[name] = [
                {"position": int(position), "distance": float(distance)}
                for position, distance in pairs
            ]
        rows.append(entry)
    return rows
