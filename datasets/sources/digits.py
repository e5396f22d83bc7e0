"""scikit-learn's bundled handwritten digits: 1,797 real images without a network."""

import gzip
import importlib.resources
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.errors import UserError
from datasets import catalogue, paths
from datasets.sources import raw_items, selection

DIGITS_CSV = "digits.csv.gz"
DIGIT_COUNT, DIGIT_SIDE = 1797, 8
MAX_INK = 16  # a pixel has 0 to 16


def find(
    path: Path, entry: catalogue.Entry, left: selection.Leftovers
) -> Iterator[tuple[str, Path]]:
    """Raises UserError: the dataset comes with scikit-learn alone."""
    raise UserError(
        f"{entry.name} comes with scikit-learn: leave --source {path} out, or add your "
        "own images with `python download.py folder NAME --source "
        f"{paths.quoted(path)}`"
    )


def bundled() -> Iterator[tuple[str, Path]]:
    """Yields the file within scikit-learn's installation."""
    data = importlib.resources.files("sklearn.datasets.data")
    with importlib.resources.as_file(data / DIGITS_CSV) as file:
        yield DIGITS_CSV, file


def read(raw: Path, entry: catalogue.Entry) -> raw_items.RawItems:
    """Returns the digits, labelled by the numbers that they show."""
    return raw_items.of_array(*load(raw), entry.classes)


def load(raw: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns uint8 images [1797, 8, 8], 0 to 255, and labels [1797].

    Raises:
        UserError: the file is missing, damaged or another.
    """
    file = raw / DIGITS_CSV
    try:
        with gzip.open(file, "rt") as text:
            rows = [line.split(",") for line in text]
        table = np.array(rows, float)  # [1797, 64 pixels and a label]
        if table.shape != (DIGIT_COUNT, DIGIT_SIDE**2 + 1):
            raise ValueError(f"it has numbers {table.shape}")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(
            f"{file} is damaged ({error}): remove {raw} and run the same command again"
        ) from error
    ink = table[:, :-1].reshape(-1, DIGIT_SIDE, DIGIT_SIDE)
    pixels = np.rint(ink * (255 / MAX_INK)).astype(np.uint8)
    return pixels, table[:, -1]
