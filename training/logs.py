"""What a run tells: metrics.jsonl and TensorBoard."""

import json
import math
import time
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams

import files
from training import runs


class Logs:
    """Writes scalars to both, pictures and histograms to TensorBoard.

    On a resumed run the lines after `step` are dropped first: they are written again.
    """

    def __init__(self, run: runs.Run, step: int):
        kept = [line for line in run.metrics() if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in kept)
        files.write(run.metrics_file, text)
        self.file = run.metrics_file.open("a")
        forget_after(run, step)
        self.writer = tf.summary.create_file_writer(str(run.directory))
        trained_before = kept[-1]["time"] if kept else 0.0
        self.start = time.monotonic() - trained_before

    def configuration(self, config: dict[str, Any]) -> None:
        """The resolved configuration, as text and as hparams."""
        text = "    " + json.dumps(config, indent=2).replace("\n", "\n    ")
        settings = {
            key.removeprefix("config."): value
            for key, value in runs.flat(config).items()
            if key.partition(".")[0] not in runs.FREE
        }
        with self.writer.as_default(step=0):
            tf.summary.text("config", text)
            hparams.hparams(
                {
                    key: value if isinstance(value, (bool, int, float)) else str(value)
                    for key, value in settings.items()
                }
            )

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """One line of metrics.jsonl, with the seconds trained so far."""
        seconds = round(time.monotonic() - self.start, 3)
        line = {"step": step, "time": seconds, **values}
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def images(self, step: int, name: str, images: tf.Tensor) -> None:
        """Images [N, H, W, C] in [-1, 1] as one near-square grid."""
        pixels = np.clip((np.asarray(images) + 1.0) * 127.5, 0.0, 255.0)
        with self.writer.as_default(step=step):
            tf.summary.image(name, tiles(np.rint(pixels).astype(np.uint8))[None])

    def histograms(self, step: int, values: dict[str, tf.Tensor]) -> None:
        """The distribution of each tensor."""
        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.histogram(name, value)

    def flush(self) -> None:
        """Makes all of it readable."""
        self.writer.flush()

    def close(self) -> None:
        """Flushes and closes both."""
        self.writer.close()
        self.file.close()


def forget_after(run: runs.Run, step: int) -> None:
    """Tells TensorBoard to forget what it was shown after this step."""
    log = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    with tf.Graph().as_default():  # only TensorFlow 1 writes such events
        writer = tf.compat.v1.summary.FileWriter(str(run.directory))
        writer.add_session_log(log, step + 1)
        writer.close()


def tiles(images: np.ndarray) -> np.ndarray:
    """Images [N, H, W, C] side by side, [rows H, columns W, C]; N is cut to fit."""
    columns = math.isqrt(len(images))
    rows = len(images) // columns
    _, height, width, channels = images.shape
    grid = images[: rows * columns].reshape(rows, columns, height, width, channels)
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width, channels)
