"""Checkpoints that appear by rename: one directory each, whole or not there."""

import contextlib
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from common import forms
from common.errors import UserError
from models.base.generative import GenerativeModel
from training import run_files

# Raised by TensorFlow for a checkpoint that does not fit or is damaged.
UNREADABLE = (AssertionError, ValueError, IndexError, OSError, tf.errors.OpError)
IDENTITY_FILE = "identity.json"
SAMPLES_FILE = "samples.npy"


def steps(directory: pathlib.Path) -> list[int]:
    """Returns the steps of the checkpoints in a directory, ascending."""
    names = [p.name for p in directory.glob("*")] if directory.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal())


def path(directory: pathlib.Path, step: int) -> pathlib.Path:
    """Returns where the checkpoint of a step lies."""
    return directory / f"{step:08d}"


def everything(model: GenerativeModel, step: tf.Variable) -> tf.train.Checkpoint:
    """Collects all state of a run: networks, optimizers, rng and step.

    The position in the data follows from the step.
    """
    optimizers = {f"{k}_optimizer": p.optimizer for k, p in model.players.items()}
    return tf.train.Checkpoint(
        step=step, rng=model.rng, **model.networks, **optimizers, **model.extras()
    )


def variables(checkpoint: tf.train.Checkpoint) -> list[tf.Variable]:
    """Returns all variables that a checkpoint saves."""
    parts = tf.train.TrackableView(checkpoint).descendants()
    values = [x.value if isinstance(x, keras.Variable) else x for x in parts]
    return [value for value in values if isinstance(value, tf.Variable)]


@contextlib.contextmanager
def writing(what: str, directory: pathlib.Path) -> Iterator[None]:
    """Says what an error of the disk means for a run with these checkpoints.

    Raises:
        UserError: `what` could not be written; names the last checkpoint.
    """
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        before = steps(directory)
        raise UserError(
            f"{what} could not be written: {first_line(error)}; the last checkpoint is "
            f"{before[-1] if before else 'none'}: mend it (if the disk is full, see "
            "--keep) and run the same command again"
        ) from error


def samples_of(
    directory: pathlib.Path,
    step: int,
    shape: Sequence[int],
    count: int | None = None,
) -> np.ndarray | None:
    """Reads the samples [N, H, W, C] that were saved with a checkpoint, if any.

    Raises:
        UserError: they are damaged, or are not `count` images of the `shape`.
    """
    file = path(directory, step) / SAMPLES_FILE
    if not file.exists():
        return None
    try:
        samples = np.load(file, mmap_mode="r")  # takes no memory for what is not there
        number, *inner = samples.shape
        fits = inner == list(shape) and count in (None, number)
        if not fits or samples.dtype != np.float32:
            raise ValueError(f"it is {samples.dtype} {samples.shape}")
        return np.array(samples)
    except (ValueError, EOFError, AttributeError) as error:
        raise damaged(directory, step, f"{file.name}: {first_line(error)}") from error


def check_identity(
    directory: pathlib.Path, step: int, identity: dict[str, Any]
) -> None:
    """Checks that a checkpoint is of this step and model.

    Raises:
        FileNotFoundError: the checkpoint is not there (any more).
        UserError: it is of another model, or damaged.
    """
    file = path(directory, step) / IDENTITY_FILE
    try:
        content = forms.parse(file.read_text(), run_files.Identity)
    except FileNotFoundError as error:
        if not file.parent.is_dir():
            raise
        raise damaged(directory, step, f"it has no {file.name}") from error
    except ValueError as error:
        raise damaged(directory, step, f"{file.name}: {error}") from error

    for key, value in {"step": step, **identity}.items():
        if content[key] != value:
            raise UserError(
                f"{file.parent} is of another run: its {key} is {content[key]!r}, "
                f"not {value!r}; remove it, or start over with --renew"
            )


def restore(
    checkpoint: tf.train.Checkpoint,
    directory: pathlib.Path,
    step: int,
    identity: dict[str, Any],
) -> None:
    """Restores all state; raises as `check_identity` does."""
    check_identity(directory, step, identity)
    with reading(directory, step) as state:
        checkpoint.read(state).assert_consumed()


def restore_networks(
    model: GenerativeModel,
    directory: pathlib.Path,
    step: int,
    identity: dict[str, Any],
) -> None:
    """Restores the networks alone; raises as `check_identity` does."""
    check_identity(directory, step, identity)
    with reading(directory, step) as state:
        status = tf.train.Checkpoint(**model.networks).read(state)
        status.assert_existing_objects_matched().expect_partial()


@contextlib.contextmanager
def reading(directory: pathlib.Path, step: int) -> Iterator[str]:
    """Yields what TensorFlow reads a checkpoint by, and says what its errors mean."""
    folder = path(directory, step)
    try:
        yield str(folder / "state")
    except UNREADABLE as error:
        if not folder.is_dir():
            raise FileNotFoundError(str(folder)) from error
        raise damaged(directory, step, first_line(error)) from error


def damaged(directory: pathlib.Path, step: int, reason: str) -> UserError:
    """Returns the error of a damaged checkpoint, which names the one before it."""
    before = [s for s in steps(directory) if s < step]
    resumed = f"step {before[-1]:,}" if before else "the start"
    return UserError(
        f"{path(directory, step)} is damaged ({reason}): remove it, and train.py goes "
        f"on from {resumed}"
    )


def first_line(error: Exception) -> str:
    """Returns the first line of an error's text, without TensorFlow's names of ops."""
    line = str(error).strip().partition("\n")[0]
    return re.sub(r"\{\{.*?\}\} ?| \[Op:.*", "", line)
