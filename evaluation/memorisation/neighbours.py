"""Whether a run has memorised: the training images nearest to what it makes.

Near ones are no proof by themselves: real images that the run has not seen are near to
some, too. So the distances are compared with those.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import files
from datasets.info import Info
from evaluation import company, examples, snapshots
from evaluation.features import train_classifier
from evaluation.memorisation import proximity, search
from evaluation.pictures import grids, interpolation, latent_walks

FILE, PICTURE = "neighbours.json", "neighbours.png"
SHOWN, NEAREST = 8, 3  # samples, and as many points of a walk; neighbours of each
COMPARED = 1000  # samples, and real images, whose distances are compared


class Reference(NamedTuple):
    """Real images to compare with; `own` is where they stand in the training set."""

    images: np.ndarray
    own: np.ndarray  # -1: they are not in it
    text: str


def draw(snapshot: snapshots.Snapshot, info: Info, directory: Path) -> list[Path]:
    """Writes neighbours.png and FILE for the checkpoint that is shown."""
    known = train_classifier.load_or_train(info)
    spaces = {"pixels": search.pixels, "features": known.features}
    samples = snapshot.draw(np.asarray(snapshot.model.probe(COMPARED)))
    shown = np.concatenate([samples[:SHOWN], company.draw(snapshot, walk(snapshot))])
    real = reference(info)
    queries = np.concatenate([shown, samples, real.images])
    found = search.nearest(queries, info, spaces, NEAREST + 1)
    first, last = len(shown), len(shown) + len(samples)
    nearest = {name: f.part(0, first, NEAREST) for name, f in found.items()}
    distances = {
        name: proximity.Distances(
            f.distances[first:last, 0], f.part(last, None).beside(real.own)
        )
        for name, f in found.items()
    }
    report = {
        "step": snapshot.step,
        "extractor": known.description,
        "training_images": info.count,
        "samples": len(samples),
        "compared_with": real.text,
        **{name: compared.summary() for name, compared in distances.items()},
        "shown": listed(nearest),
    }
    tiles = pictures(info, nearest)
    picture = proximity.sheet(shown, tiles, nearest, distances, report)
    picture = grids.caption(picture, *snapshot.label)
    return [
        files.write(directory / PICTURE, grids.png(picture)),
        files.write(directory / FILE, json.dumps(report, indent=1) + "\n"),
    ]


def walk(snapshot: snapshots.Snapshot) -> np.ndarray:
    """SHOWN latents on the great arc from a probe latent to another, with its codes.

    They are the first two that are not among the samples shown.
    """
    noise, codes = snapshot.parts(np.asarray(snapshot.model.probe(SHOWN + 2))[SHOWN:])
    (path,) = interpolation.rows(noise[:1], noise[1:], SHOWN)
    return latent_walks.held(path, codes[0])


def reference(info: Info) -> Reference:
    """Images that are held out; without any, some of those trained on."""
    if info.held_out:
        other = info.part(info.held_out)
        chosen = picked(other.count)
        text = f"{len(chosen):,} held-out images ({info.held_out})"
        return Reference(images_at(other, chosen), np.full(len(chosen), -1), text)
    chosen = picked(info.count)
    text = f"{len(chosen):,} training images, each with the others (none are held out)"
    return Reference(images_at(info, chosen), chosen, text)


def picked(count: int) -> np.ndarray:
    """At most COMPARED of `count` positions, evenly likely."""
    return np.random.default_rng(0).permutation(count)[:COMPARED]


def images_at(info: Info, positions: np.ndarray) -> np.ndarray:
    """The images at some positions [n], in [-1, 1]: [n, H, W, C]."""
    blocks = examples.blocks(info, positions)
    return np.concatenate([values["image"] for _, values in blocks])


def pictures(info: Info, nearest: dict[str, search.Found]) -> dict[str, np.ndarray]:
    """The neighbours' images in each space: [q, k, H, W, C]."""
    return {
        name: images_at(info, found.positions.ravel()).reshape(
            *found.positions.shape, *info.shape
        )
        for name, found in nearest.items()
    }


def listed(nearest: dict[str, search.Found]) -> list[dict[str, Any]]:
    """The rows of the sheet: positions (in the order of the shards) and distances."""
    rows: list[dict[str, Any]] = []
    for row in range(2 * SHOWN):
        kind = "sample" if row < SHOWN else "walk"
        entry: dict[str, Any] = {"what": f"{kind} {row % SHOWN + 1}"}
        for name, found in nearest.items():
            pairs = zip(found.positions[row], found.distances[row], strict=True)
            entry[name] = [
                {"position": int(position), "distance": float(distance)}
                for position, distance in pairs
            ]
        rows.append(entry)
    return rows
