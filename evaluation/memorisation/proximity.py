"""Distances from generated images to training images, as numbers and as a sheet."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import matplotlib.figure
import numpy as np
from PIL import Image

from evaluation.memorisation import search
from evaluation.pictures import grids

QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
BINS = 40
DPI = 100
HISTOGRAM_HEIGHT = 260  # px
HEAD_GAP = 3  # px between a head and its column
LARGEST_TILE = 128  # px: larger images are reduced


class Distances(NamedTuple):
    """Distances to the nearest training image."""

    generated: np.ndarray  # [n], from generated images
    real: np.ndarray  # [m], from real ones

    @property
    def threshold(self) -> float:
        """The distance that 5 % of the real images are within."""
        return float(np.quantile(self.real, QUANTILES["q05"]))

    @property
    def share_within(self) -> float:
        """Share of the generated within the threshold: 0.05 by chance, 1 of copies."""
        return float(np.mean(self.generated <= self.threshold))

    def summary(self) -> dict[str, Any]:
        """Returns quantiles and share, as JSON takes them."""
        return {
            "generated": quantiles(self.generated),
            "real": quantiles(self.real),
            "nearer_than_q05_of_real": self.share_within,
        }


def quantiles(distances: np.ndarray) -> dict[str, float]:
    """Returns the quantiles of distances [n] by name."""
    return {name: float(np.quantile(distances, q)) for name, q in QUANTILES.items()}


def sentence(report: dict[str, Any]) -> str:
    """Returns the outcome of a report in a line."""
    shares = [
        f"{100 * report[name]['nearer_than_q05_of_real']:.1f} % in {name}"
        for name in ("pixels", "features")
    ]
    return (
        f"{' and '.join(shares)} of {report['samples']:,} samples are nearer to a "
        "training image than 95 % of real ones (5 % by chance)"
    )


def sheet(
    queries: np.ndarray,
    tiles: dict[str, np.ndarray],
    nearest: dict[str, search.Neighbours],
    distances: dict[str, Distances],
    report: dict[str, Any],
) -> np.ndarray:
    """Draws queries beside their neighbours, above histograms: uint8 [h, w, 3].

    Args:
        queries: [2 n, H, W, C], n samples and n points of a walk.
        tiles: the neighbours' images by space, [2 n, k, H, W, C].
        nearest: these neighbours, whose distances are written above the tiles.
        distances: for the histograms.
        report: for the captions.
    """
    half = len(queries) // 2
    numbers = [[str(number)] for number in range(1, half + 1)]
    blocks = []
    for rows, what in (
        (slice(half), "samples"),
        (slice(half, None), "points of an interpolation"),
    ):
        columns = [column("", queries[rows, np.newaxis], numbers)]
        for name, neighbours in nearest.items():
            texts = [[f"{d:.2f}" for d in row] for row in neighbours.distances[rows]]
            columns.append(column(f"nearest in {name}", tiles[name][rows], texts))
        blocks.append(grids.caption(grids.beside(columns), what, ""))

    block = grids.beside(blocks)
    picture = grids.stack([block, histograms(distances, block.shape[1])])
    compared = f"distances to the nearest of {report['training_images']:,} training "
    compared += f"images, beside those of {report['compared_with']}"
    for line in (f"features: {report['extractor']}", compared):
        picture = grids.caption(picture, line, "")
    return picture


def column(head: str, images: np.ndarray, texts: list[list[str]]) -> np.ndarray:
    """Draws rows of images [n, k, H, W, C], a text above each, under one head."""
    rows = [
        grids.name_columns(grids.grid(row, len(row), len(row) * LARGEST_TILE), names)
        for row, names in zip(images, texts, strict=True)
    ]
    picture = grids.pad(grids.stack(rows), HEAD_GAP, 0, 0, 0)
    return grids.name_columns(picture, [head])


def histograms(distances: dict[str, Distances], width: int) -> np.ndarray:
    """Draws a panel for each space, side by side: uint8 [h, `width`, 3]."""
    figure = matplotlib.figure.Figure(
        figsize=(width / DPI, HISTOGRAM_HEIGHT / DPI), dpi=DPI, layout="constrained"
    )
    for number, (name, space) in enumerate(distances.items(), start=1):
        axes = figure.add_subplot(1, len(distances), number)
        both = np.concatenate(space)
        bins = np.linspace(both.min(), both.max() + 1e-6, BINS + 1).tolist()
        axes.hist(space.real, bins, color="0.7", density=True, label="real")
        axes.hist(
            space.generated, bins, density=True, histtype="step", label="generated"
        )
        axes.axvline(space.threshold, color="0.3", linestyle="--", linewidth=1)
        axes.set_title(
            f"{name}: {100 * space.share_within:.1f} % of the generated are nearer "
            "than the line\n(5 % of the real)",
            loc="left",
            fontsize=9,
        )
        axes.set_yticks([])
        axes.tick_params(labelsize=8)
        axes.legend(fontsize=8, frameon=False)
        axes.spines[["top", "right", "left"]].set_visible(False)

    file = io.BytesIO()
    figure.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("RGB"))
