"""scikit-learn's bundled handwritten digits: 1,797 real images without a network."""

import importlib.resources
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue
from datasets.sources import raw_items

FILE = "digits.csv.gz"
SIDE = 8
LEVELS = 16  # ink counts from 0 to 16 per pixel


def find(path: Path, entry: catalogue.Entry) -> Iterator[tuple[str, Path]]:
    """Refuses: there is only one place where this dataset comes from."""
    raise UserError(
        f"{entry.name} comes with scikit-learn: leave --source {path} out, or add your "
        f"own images with `python download.py folder NAME --source {path}`"
    )


def bundled() -> Iterator[tuple[str, Path]]:
    """The file within scikit-learn's installation."""
    data = importlib.resources.files("sklearn.datasets.data")
    with importlib.resources.as_file(data / FILE) as file:
        yield FILE, file


def read(raw: Path, entry: catalogue.Entry) -> raw_items.Source:
    """The digits and what they show."""
    return raw_items.numbered(*load(raw), entry.classes)


def load(raw: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images, their 17 levels stretched to 0..255, and labels."""
    table = np.loadtxt(raw / FILE, delimiter=",")  # [1797, 64 pixels and a label]
    levels = table[:, :-1].reshape(-1, SIDE, SIDE)
    pixels = np.rint(levels * (255 / LEVELS)).astype(np.uint8)
    return pixels, table[:, -1]
