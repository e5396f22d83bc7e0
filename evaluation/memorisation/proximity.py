"""How near generated images are to training images, as numbers and as a sheet."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import matplotlib.figure
import numpy as np
from PIL import Image

from evaluation.memorisation import search
from evaluation.pictures import grids

QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
BINS, DPI = 40, 100
HEIGHT = 260  # px, of the histograms
GAP = 3  # px between a head and its column
LARGEST = 128  # px: larger images are reduced


class Distances(NamedTuple):
    """From generated and from real images to the nearest training image: [n] each."""

    generated: np.ndarray
    real: np.ndarray

    @property
    def limit(self) -> float:
        """What 5 % of the real images are nearer than."""
        return float(np.quantile(self.real, QUANTILES["q05"]))

    @property
    def nearer(self) -> float:
        """The share of the generated within the limit: 0.05 by chance, 1 of copies."""
        return float(np.mean(self.generated <= self.limit))

    def summary(self) -> dict[str, Any]:
        """Quantiles and share, as JSON takes them."""
        return {
            "generated": quantiles(self.generated),
            "real": quantiles(self.real),
            "nearer_than_q05_of_real": self.nearer,
        }


def quantiles(distances: np.ndarray) -> dict[str, float]:
    """By name."""
    return {name: float(np.quantile(distances, q)) for name, q in QUANTILES.items()}


def sentence(report: dict[str, Any]) -> str:
    """The outcome of a report in a line."""
    shares = [
        f"{100 * report[name]['nearer_than_q05_of_real']:.1f} % in {name}"
        for name in ("pixels", "features")
    ]
    return (
        f"{' and '.join(shares)} of {report['samples']:,} samples are nearer to a "
        "training image than 95 % of real ones (5 % by chance)"
    )


def sheet(
    shown: np.ndarray,
    tiles: dict[str, np.ndarray],
    nearest: dict[str, search.Found],
    distances: dict[str, Distances],
    report: dict[str, Any],
) -> np.ndarray:
    """Images [2 n, H, W, C], n samples beside n points of a walk, with neighbours.

    `tiles` are these, [2 n, k, H, W, C] of each space. Below are the histograms.
    """
    half = len(shown) // 2
    blocks = []
    for part, what in (
        (slice(half), "samples"),
        (slice(half, None), "points of an interpolation"),
    ):
        numbers = [[str(number)] for number in range(1, half + 1)]
        columns = [column("", shown[part, np.newaxis], numbers)]
        for name, found in nearest.items():
            texts = [[f"{d:.2f}" for d in row] for row in found.distances[part]]
            columns.append(column(f"nearest in {name}", tiles[name][part], texts))
        blocks.append(grids.caption(grids.beside(columns), what, ""))
    block = grids.beside(blocks)
    picture = grids.stacked([block, histograms(distances, block.shape[1])])
    compared = f"distances to the nearest of {report['training_images']:,} training "
    compared += f"images, beside those of {report['compared_with']}"
    for line in (f"features: {report['extractor']}", compared):
        picture = grids.caption(picture, line, "")
    return picture


def column(head: str, images: np.ndarray, texts: list[list[str]]) -> np.ndarray:
    """Rows of images [n, k, H, W, C], a text above each, under one head."""
    rows = [
        grids.name_columns(grids.grid(row, len(row), len(row) * LARGEST), names)
        for row, names in zip(images, texts, strict=True)
    ]
    picture = grids.pad(grids.stacked(rows), GAP, 0, 0, 0)
    return grids.name_columns(picture, [head])


def histograms(distances: dict[str, Distances], width: int) -> np.ndarray:
    """A panel for each space, side by side: uint8 [h, `width`, 3]."""
    figure = matplotlib.figure.Figure(
        figsize=(width / DPI, HEIGHT / DPI), dpi=DPI, layout="constrained"
    )
    for position, (name, found) in enumerate(distances.items(), start=1):
        axes = figure.add_subplot(1, len(distances), position)
        both = np.concatenate(found)
        bins = np.linspace(both.min(), both.max() + 1e-6, BINS + 1).tolist()
        axes.hist(found.real, bins, color="0.7", density=True, label="real")
        axes.hist(
            found.generated, bins, density=True, histtype="step", label="generated"
        )
        axes.axvline(found.limit, color="0.3", linestyle="--", linewidth=1)
        axes.set_title(
            f"{name}: {100 * found.nearer:.1f} % of the generated are nearer than the "
            "line\n(5 % of the real)",
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
