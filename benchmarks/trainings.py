"""Short trainings through the training loop, each precision in its own process."""

import concurrent.futures
import dataclasses
import multiprocessing
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import loops
import numpy as np
import tensorflow as tf

import models
from datasets.conversion import converter
from datasets.pipeline import loader
from training import devices, loop

EVERY = 10  # steps between the logs that are kept
CHECKED = 100  # steps between looks at the weights
PAIRS, PAIR_COUNT = "pairs", 256  # data that is made here


@dataclasses.dataclass(frozen=True)
class Training:
    """One training, in words that another process understands."""

    model: str
    precision: str
    data: str
    data_dir: Path
    width: float
    batch_size: int
    steps: int
    seed: int = 0
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def prepared(self) -> loop.Loop:
        """The model in its loop, with its data."""
        devices.configure(self.precision, deterministic=False)
        if self.data == PAIRS:
            shape, classes, dataset = (32, 32, 3), 0, pairs(self.batch_size, self.seed)
        else:
            info = converter.ensure(self.data, None, self.data_dir)
            shape, classes = info.shape, len(info.classes)
            reads = models.model_class(self.model).reads
            dataset = loader.batches(info, self.batch_size, self.seed, reads=reads)
        widths = {"g_width": self.width, "d_width": self.width}
        options = {**widths, **self.options}
        model = models.create(self.model, shape, classes, self.seed, **options)
        return loops.prepared(
            model, dataset, steps_per_call=EVERY, total_steps=self.steps
        )


@dataclasses.dataclass
class Trained:
    """What came of it: its logs, the step reached, and what went wrong, if anything."""

    logs: list[dict[str, float]] = dataclasses.field(default_factory=list)
    reached: int = 0
    problem: str = ""
    seconds: float = 0.0


def pairs(batch_size: int, seed: int) -> tf.data.Dataset:
    """Coloured cells, and the same in other colours, by all names of a pair's sides."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (PAIR_COUNT, 4, 4, 3), np.uint8)
    one = cells.repeat(8, axis=1).repeat(8, axis=2)
    other = 255 - one[..., ::-1]
    images = {"source": one, "target": other, "a": one, "b": other}
    dataset = tf.data.Dataset.from_tensor_slices(images).repeat()
    return dataset.shuffle(PAIR_COUNT, seed).batch(batch_size, drop_remainder=True)


def train(training: Training) -> Trained:
    """The training from its first step to its last, or to a number that is none."""
    steps, found, start = training.prepared(), Trained(), time.monotonic()
    try:
        while found.reached < training.steps:
            due = min(training.steps, (found.reached // EVERY + 1) * EVERY)
            found.reached, logs = steps.advance(found.reached, due)
            if found.reached == due:
                found.logs.append(logs)
            if found.reached % CHECKED == 0 or found.reached == training.steps:
                steps.check_weights(found.reached)
    except loop.NotFiniteError as error:
        found.reached, found.problem = error.step, str(error)
    found.seconds = time.monotonic() - start
    return found


class Worker:
    """A process that trains; there is a new one for each change of precision."""

    def __init__(self):
        self.precision = ""
        self.process: concurrent.futures.ProcessPoolExecutor | None = None

    def train(self, training: Training) -> Trained:
        """What comes of a training, even if its process does not live."""
        if not self.process or training.precision != self.precision:
            self.close()
            spawn = multiprocessing.get_context("spawn")
            self.process = concurrent.futures.ProcessPoolExecutor(1, spawn)
            self.precision = training.precision
        try:
            found = self.process.submit(train, training).result()
        except Exception as error:  # the others go on
            found = Trained(problem=f"{type(error).__name__}: {error}"[:200])
            self.close()
        said = f"{found.reached:,} steps in {found.seconds:.0f} s. {found.problem}"
        who = f"{training.model} on {training.data}, {training.precision}"
        print(f"  {who}, seed {training.seed}: {said}", flush=True)
        return found

    def close(self) -> None:
        """Ends the process."""
        if self.process:
            self.process.shutdown()
        self.process = None
