"""What a run logs: metrics.jsonl and TensorBoard."""

import contextlib
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams

from common import files
from common.errors import UserError
from models.base import pixels
from training import checkpoints, runs
from training.monitoring import board


class RunLog:
    """Writes scalars to both, pictures and histograms to TensorBoard.

    On a resumed run the lines after `step` are dropped first: they are written again.
    It has taken `batches` minibatches until then. TensorBoard calls it by its `model`.
    """

    def __init__(self, run: runs.Run, model: str, step: int, batches: int = 0):
        self.run = run
        kept = [line for line in run.metrics() if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in kept)
        with self.writing():
            files.write(run.metrics_file, text)
            self.file = run.metrics_file.open("a")
            board.bring_files(run, model)
            folder = board.folder(run, model)
            board.forget_after(folder, step)
            self.writer = tf.summary.create_file_writer(str(folder))
        trained_before = kept[-1]["time"] if kept else 0.0
        self.start = time.monotonic() - trained_before
        self.last = (batches, self.seconds)  # what the rate is counted from

    def configuration(self, config: dict[str, Any], chosen: Mapping[str, Any]) -> None:
        """Writes the resolved configuration, as text and as hparams.

        `chosen` are the options that differ from their default.
        """
        text = "    " + json.dumps(config, indent=2).replace("\n", "\n    ")
        with self.events(0):
            tf.summary.text("config", text)
            # Without a trial's name HParams takes that of the run.
            hparams.hparams(board.hyper_parameters(config, chosen), trial_id="")

    @property
    def seconds(self) -> float:
        """How long the run has trained so far."""
        return time.monotonic() - self.start

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Counts the time spent inside as no training."""
        entered = time.monotonic()
        yield
        self.start += time.monotonic() - entered

    def rate(self, batches: int) -> float:
        """Returns minibatches per second since the last call."""
        before, then = self.last
        self.last = (batches, self.seconds)
        return (batches - before) / (self.seconds - then)

    def line(self, step: int, values: dict[str, Any]) -> None:
        """Writes one line of metrics.jsonl, with the seconds trained so far."""
        line = {"step": step, "time": round(self.seconds, 3), **values}
        with self.writing():
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()

    def mark(self, step: int, mark: str, since: int, cause: str) -> None:
        """Writes what befell the run, and since which step, in words."""
        self.line(step, {"mark": mark, "since": since, "cause": cause})
        with self.events(step):
            tf.summary.text("mark", f"{mark} since step {since:,}: {cause}")

    def scalars(
        self, step: int, values: dict[str, float], group: str | None = None
    ) -> None:
        """Writes a line of numbers; TensorBoard has them in a group, by default theirs.

        The group of a training's own numbers follows from their names.
        """
        self.line(step, values)
        with self.events(step):
            for name, value in values.items():
                tf.summary.scalar(f"{group or board.group(name)}/{name}", value)

    def images(self, step: int, name: str, images: np.ndarray) -> None:
        """Writes images [N, H, W, C] in [-1, 1] as one near-square grid."""
        grid = tiles(pixels.to_uint8(images))
        with self.events(step):
            tf.summary.image(name, grid[None])

    def histograms(self, step: int, values: dict[str, np.ndarray]) -> None:
        """Writes the distribution of each tensor."""
        with self.events(step):
            for name, value in values.items():
                tf.summary.histogram(name, value)

    def flush(self) -> None:
        """Makes all of it readable, and waits until metrics.jsonl is on the disk.

        Raises:
            UserError: it cannot be written, or somebody has removed or moved it.
        """
        with self.writing():
            self.writer.flush()
            os.fsync(self.file.fileno())
        self.check_place()

    def check_place(self) -> None:
        """Raises a UserError if the run's directory was removed or moved away."""
        path = self.run.metrics_file
        opened = os.fstat(self.file.fileno())
        if not path.exists() or not os.path.samestat(opened, path.stat()):
            raise UserError(
                f"{path} was removed or moved while the run was trained: put "
                f"{path.parent} back to go on with it, or train it again"
            )

    def close(self) -> None:
        """Flushes and closes both."""
        with self.writing():
            self.writer.close()
            self.file.close()

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Says what an error of the disk means for the run."""
        what = f"the log of run {self.run.name!r}"
        return checkpoints.writing(what, self.run.checkpoint_directory)

    @contextlib.contextmanager
    def events(self, step: int) -> Iterator[None]:
        """Sends what tf.summary is given inside to TensorBoard, at a step."""
        with self.writing(), self.writer.as_default(step=step):
            yield


def tiles(images: np.ndarray) -> np.ndarray:
    """Lays images [N, H, W, C] side by side as [rows H, columns W, C], cut to fit."""
    columns = math.isqrt(len(images))
    rows = len(images) // columns
    _, height, width, channels = images.shape
    grid = images[: rows * columns].reshape(rows, columns, height, width, channels)
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width, channels)
