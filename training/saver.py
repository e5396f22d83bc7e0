"""Saves checkpoints beside the training: it goes on while the disk works."""

import concurrent.futures
import contextlib
import json
import pathlib
from collections.abc import Collection
from typing import Any

import numpy as np
import tensorflow as tf

from common import files
from training import checkpoints


class Saver:
    """Writes the checkpoints of a run into its directory.

    The state is copied to the system's memory while the training waits. A thread waits
    until that is on the disk and lets the checkpoint appear, and so the training pays
    for no disk. Of errors of the disk the next call tells.
    """

    def __init__(
        self,
        checkpoint: tf.train.Checkpoint,
        directory: pathlib.Path,
        identity: dict[str, Any],
        keep: int = 0,
    ):
        """`identity` says what it is of; only the newest `keep` stay, with 0 all."""
        self.checkpoint, self.directory = checkpoint, directory
        self.identity, self.keep = identity, keep
        self.thread = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self.pending: concurrent.futures.Future[None] | None = None

    def close(self) -> None:
        """Lets the last checkpoint appear, whatever else went wrong."""
        self.thread.shutdown()

    def steps(self) -> list[int]:
        """Returns the steps that are saved, ascending, once the last one is."""
        self.wait()
        return checkpoints.steps(self.directory)

    def wait(self) -> None:
        """Waits until the last checkpoint is there; raises what `save` raises."""
        pending, self.pending = self.pending, None
        if pending:
            pending.result()

    def save(
        self,
        step: int,
        samples: np.ndarray | None = None,
        protected: Collection[int] = (),
    ) -> None:
        """Writes a checkpoint, and then drops old ones, but none of a `protected` step.

        `samples` are the watchdog's, see `checkpoints.samples_of`.

        Raises:
            UserError: it cannot be written; the checkpoints before it stay.
        """
        self.wait()
        target = checkpoints.path(self.directory, step)
        with contextlib.ExitStack() as stack:
            stack.enter_context(checkpoints.writing(f"step {step:,}", self.directory))
            hidden = self.directory / f".{target.name}"
            partial = stack.enter_context(files.appearing(target, hidden))
            partial.mkdir(parents=True)
            self.checkpoint.write(str(partial / "state"))
            text = json.dumps({"step": step, **self.identity}, indent=2) + "\n"
            (partial / checkpoints.IDENTITY_FILE).write_text(text)
            if samples is not None:
                np.save(partial / checkpoints.SAMPLES_FILE, samples)
            appearing = stack.pop_all()

        self.pending = self.thread.submit(self.finish, appearing, set(protected))

    def finish(self, appearing: contextlib.ExitStack, protected: set[int]) -> None:
        """Lets a checkpoint appear, and drops old ones."""
        appearing.close()
        if self.keep:
            old = checkpoints.steps(self.directory)[: -self.keep]
            for step in set(old) - protected:
                files.drop(checkpoints.path(self.directory, step))
