"""The data that a run was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from absl import logging

from common.errors import UserError
from datasets import paths
from datasets.info import Info
from datasets.pipeline import loader
from datasets.pipeline.mapped_examples import MappedExamples
from models.base import pixels

if TYPE_CHECKING:
    from training import runs

AT_ONCE = 512  # examples read at a time

Values = dict[str, np.ndarray]


def find(run: runs.Run, data_dir: Path, use: str) -> Info | None:
    """Returns the run's dataset; or None, with a warning that `use` is left out."""
    try:
        return trained_on(run, data_dir)
    except (UserError, OSError) as error:
        logging.warning(
            "%s of run %s are left out: %s; --data_dir is %s",
            use,
            run.name,
            error,
            data_dir,
        )
        return None


def trained_on(run: runs.Run, data_dir: Path) -> Info:
    """Returns the run's dataset.

    Raises:
        UserError, OSError: the dataset is not there, or is not the one of the run.
    """
    dataset, size = run.config["dataset"], run.config["image_shape"][0]
    info = Info.load(paths.converted(data_dir, dataset["name"], size))
    if info.fingerprint != dataset["fingerprint"]:
        raise UserError(
            f"{info.directory} is not the data that it was trained on: convert that "
            "again"
        )
    return info


def first(
    info: Info, count: int, seed: int = 0, reads: Sequence[str] = ("image",)
) -> Values:
    """Returns the first examples that a run with this seed sees: values by key.

    Images are in [-1, 1]. A dataset of fewer than `count` examples begins again.
    """
    order = loader.permutation(info.count, seed, tf.constant(0, "int64"))
    positions = tf.gather(order, tf.range(count) % info.count)
    return floats(MappedExamples(info).take(positions, reads))


def needed(run: runs.Run, data_dir: Path) -> Info:
    """Returns the run's dataset; a UserError where it is not there."""
    try:
        return trained_on(run, data_dir)
    except (UserError, OSError) as error:
        raise UserError(
            f"run {run.name!r} cannot be shown without its images: {error}; --data_dir "
            f"is {data_dir}"
        ) from error


def held_out(info: Info, count: int) -> Values:
    """Returns the first `count` images held out, [n, H, W, C] in [-1, 1], by key.

    Of a dataset without any they are the first of those trained on.
    """
    return floats(loader.preview(info, count))


def blocks(
    info: Info,
    positions: np.ndarray,
    reads: Sequence[str] = ("image",),
    at_once: int | None = None,
) -> Iterator[tuple[np.ndarray, Values]]:
    """Yields `at_once` (AT_ONCE) positions of [n] at a time, and the values there.

    Positions are in storage order, images in [-1, 1].
    """
    examples, size = MappedExamples(info), at_once or AT_ONCE
    for start in range(0, len(positions), size):
        chosen = positions[start : start + size]
        yield chosen, floats(examples.take(tf.constant(chosen, "int64"), reads))


def floats(batch: dict[str, tf.Tensor]) -> Values:
    """Returns a batch's arrays by key, its images as float32 in [-1, 1]."""
    rescaled = pixels.rescale(batch, "float32")
    return {key: value.numpy() for key, value in rescaled.items()}
