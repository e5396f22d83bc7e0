"""Exact search for the nearest training images, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import sklearn.neighbors

from common.progress import Progress
from datasets.info import Info
from evaluation import training_data

# From images [n, H, W, C] to vectors [n, d], whose Euclidean distance is measured.
Embedding = Callable[[np.ndarray], np.ndarray]


class Neighbours(NamedTuple):
    """The k nearest training images of each of q queries, the nearest first."""

    distances: np.ndarray  # [q, k]
    positions: np.ndarray  # [q, k], in the training set in the order of the shards

    def select(
        self, start: int, stop: int | None, count: int | None = None
    ) -> Neighbours:
        """Returns those of some queries, and of each query the `count` nearest."""
        return Neighbours(
            self.distances[start:stop, :count], self.positions[start:stop, :count]
        )

    def nearest_other(self, own: np.ndarray) -> np.ndarray:
        """Returns each query's distance to the nearest image but itself: [q].

        `own` are the queries' positions [q] in the training set.
        """
        others = self.positions != own[:, np.newaxis]
        return np.where(others, self.distances, np.inf).min(axis=1)


def nearest(
    images: np.ndarray, info: Info, spaces: Mapping[str, Embedding], count: int
) -> dict[str, Neighbours]:
    """Finds the `count` nearest training images of images [q, H, W, C] in each space.

    Reads the training set once, a portion at a time.
    """
    queries = {name: embed(images) for name, embed in spaces.items()}  # [q, d] each
    neighbours = {
        name: Neighbours(np.full((len(q), count), np.inf), np.full((len(q), count), -1))
        for name, q in queries.items()
    }

    with Progress(desc="training images compared", total=info.count) as bar:
        for positions, values in training_data.blocks(info, np.arange(info.count)):
            for name, embed in spaces.items():
                vectors = embed(values["image"])
                neighbours[name] = merge(
                    neighbours[name], queries[name], vectors, positions
                )
            bar.update(len(positions))
    return neighbours


def merge(
    neighbours: Neighbours,
    queries: np.ndarray,
    vectors: np.ndarray,
    positions: np.ndarray,
) -> Neighbours:
    """Returns the nearest among neighbours and vectors [n, d] at positions [n]."""
    count = neighbours.distances.shape[1]
    index = sklearn.neighbors.NearestNeighbors(algorithm="brute").fit(vectors)
    new_distances, indices = index.kneighbors(queries, min(count, len(vectors)))

    distances = np.concatenate([neighbours.distances, new_distances], axis=1)
    places = np.concatenate([neighbours.positions, positions[indices]], axis=1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]  # [q, k]
    return Neighbours(
        np.take_along_axis(distances, order, axis=1),
        np.take_along_axis(places, order, axis=1),
    )


def pixels(images: np.ndarray) -> np.ndarray:
    """Returns images as they are, one vector each: [n, H * W * C]."""
    return images.reshape(len(images), -1)
