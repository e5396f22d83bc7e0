"""The nearest training images, exactly, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import sklearn.neighbors
import tqdm

from datasets.info import Info
from evaluation import training_data

# From images [n, H, W, C] to vectors [n, d] whose Euclidean distance is meant.
Embed = Callable[[np.ndarray], np.ndarray]


class Found(NamedTuple):
    """Of each query its neighbours, the nearest first, [q, k]."""

    distances: np.ndarray
    positions: np.ndarray  # in the training set, in the order of the shards

    def part(self, start: int, stop: int | None, count: int | None = None) -> Found:
        """Those of some queries, and of each the `count` nearest."""
        return Found(
            self.distances[start:stop, :count], self.positions[start:stop, :count]
        )

    def beside(self, own: np.ndarray) -> np.ndarray:
        """The least distances to images at other positions than one's own [q]: [q]."""
        others = self.positions != own[:, np.newaxis]
        return np.where(others, self.distances, np.inf).min(axis=1)


def nearest(
    images: np.ndarray, info: Info, spaces: Mapping[str, Embed], count: int
) -> dict[str, Found]:
    """The `count` nearest training images of images [q, H, W, C], in each space.

    Reads the training set once, a portion at a time.
    """
    queries = {name: embed(images) for name, embed in spaces.items()}
    found = {
        name: Found(np.full((len(q), count), np.inf), np.full((len(q), count), -1))
        for name, q in queries.items()
    }
    with tqdm.tqdm(
        total=info.count, desc="training images", unit=" images", disable=None
    ) as bar:
        for positions, values in training_data.blocks(info, np.arange(info.count)):
            for name, embed in spaces.items():
                vectors = embed(values["image"])
                found[name] = nearer(found[name], queries[name], vectors, positions)
            bar.update(len(positions))
    return found


def nearer(
    found: Found, queries: np.ndarray, vectors: np.ndarray, positions: np.ndarray
) -> Found:
    """What remains when vectors [n, d] at positions [n] are looked at, too."""
    count = found.distances.shape[1]
    search = sklearn.neighbors.NearestNeighbors(algorithm="brute").fit(vectors)
    distances, indices = search.kneighbors(queries, min(count, len(vectors)))
    distances = np.concatenate([found.distances, distances], axis=1)
    places = np.concatenate([found.positions, positions[indices]], axis=1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return Found(
        np.take_along_axis(distances, order, axis=1),
        np.take_along_axis(places, order, axis=1),
    )


def pixels(images: np.ndarray) -> np.ndarray:
    """Images as they are: [n, H * W * C]."""
    return images.reshape(len(images), -1)
