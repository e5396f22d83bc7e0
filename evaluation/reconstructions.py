"""Real images above what a run's autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from absl import logging

from datasets import info, pipeline, storage
from errors import UserError
from evaluation import exhibits, grids
from training import loop

if TYPE_CHECKING:
    from training import runs

COLUMNS, PAIRS = 8, 4  # images in a row; rows of real images


def picture(shown: Sequence[exhibits.Exhibit], data_dir: Path) -> np.ndarray | None:
    """The sheets of the runs with an autoencoder side by side; None without any."""
    drawn = [sheet(e, data_dir) for e in shown if e.has_autoencoder]
    sheets = [picture for picture in drawn if picture is not None]
    return grids.beside(sheets) if sheets else None


def sheet(exhibit: exhibits.Exhibit, data_dir: Path) -> np.ndarray | None:
    """Rows of real images, each above their reconstructions; None without images."""
    try:
        real = first_images(exhibit.run, data_dir, COLUMNS * PAIRS)
    except (UserError, OSError) as error:
        logging.warning(
            "reconstructions of run %s are left out: %s; --data_dir is %s",
            exhibit.run.name,
            error,
            data_dir,
        )
        return None
    form = (PAIRS, COLUMNS, *real.shape[1:])
    both = [real.reshape(form), exhibit.reconstruct(real).reshape(form)]
    pairs = np.concatenate(both, axis=1)  # [PAIRS, 2 * COLUMNS, H, W, C]
    rows = np.concatenate([grids.grid(pair, COLUMNS) for pair in pairs])
    what = f"step {exhibit.step:,}: real above reconstructed"
    return grids.caption(rows, exhibit.run.name, what)


def first_images(run: runs.Run, data_dir: Path, count: int) -> np.ndarray:
    """The first images that the run was trained on, in its order: [count, H, W, C].

    In [-1, 1]; a dataset of fewer images begins again.

    Raises:
        UserError, OSError: the dataset is not there, or is not the one of the run.
    """
    made = trained_on(run, data_dir)
    order = pipeline.permutation(
        made.count, run.config["seed"], tf.constant(0, "int64")
    )
    positions = tf.gather(order, tf.range(count) % made.count)
    batch = pipeline.Examples(made).take(positions, ["image"])
    return loop.images_of(batch, "float32")["image"].numpy()


def trained_on(run: runs.Run, data_dir: Path) -> info.Info:
    """The run's dataset; its shards are as long as they were written."""
    dataset, size = run.config["dataset"], run.config["image_shape"][0]
    made = info.load(storage.converted(data_dir, dataset["name"], size))
    if made.fingerprint != dataset["fingerprint"]:
        raise UserError(
            f"{made.directory} is not the data that it was trained on: convert that "
            "again"
        )
    for shard in made.shards:  # mapped to memory, where a short file kills the process
        path = made.directory / shard.name
        if path.stat().st_size != shard.count * made.layout.stride:
            raise UserError(f"{path} is damaged: run convert.py with --renew")
    return made
