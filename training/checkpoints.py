"""Checkpoints that appear by rename: one directory each, whole or not there."""

import json
import pathlib
import re
from collections.abc import Collection
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from common import files
from common.errors import UserError
from models.base.generative import GenerativeModel

# Raised by TensorFlow for a checkpoint that does not fit or is damaged.
UNREADABLE = (AssertionError, ValueError, IndexError, tf.errors.OpError)
IDENTITY_FILE = "identity.json"
SAMPLES_FILE = "samples.npy"
NO_SPACE = (tf.errors.ResourceExhaustedError, tf.errors.UnknownError)


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


def save(
    checkpoint: tf.train.Checkpoint,
    directory: pathlib.Path,
    step: int,
    keep: int,
    identity: dict[str, Any],
    protected: Collection[int] = (),
    samples: np.ndarray | None = None,
) -> None:
    """Writes a checkpoint, then drops all but the newest `keep` (0: drops none).

    `identity` says what model it is of; `restore` asks for the same. Those of the
    `protected` steps stay too. `samples` are the watchdog's, see `samples_of`.

    Raises:
        UserError: the disk is full or read-only; the checkpoints before it stay.
    """
    target = path(directory, step)
    try:
        with files.appearing(target, directory / f".{target.name}") as partial:
            partial.mkdir(parents=True)
            checkpoint.write(str(partial / "state"))
            content = {"step": step, **identity}
            (partial / IDENTITY_FILE).write_text(json.dumps(content, indent=2) + "\n")
            if samples is not None:
                np.save(partial / SAMPLES_FILE, samples)
    except (OSError, *NO_SPACE, tf.errors.PermissionDeniedError) as error:
        before = steps(directory)
        raise UserError(
            f"step {step:,} could not be saved: {first_line(error)}; the last "
            f"checkpoint is {before[-1] if before else 'none'}: make room (see --keep) "
            "and run the same command again"
        ) from error
    if keep:
        for old in set(steps(directory)[:-keep]) - set(protected):
            files.drop(path(directory, old))


def samples_of(directory: pathlib.Path, step: int) -> np.ndarray | None:
    """Reads the samples that were saved with a checkpoint, if any."""
    file = path(directory, step) / SAMPLES_FILE
    return np.load(file) if file.exists() else None


def check_identity(
    directory: pathlib.Path, step: int, identity: dict[str, Any]
) -> None:
    """Raises a UserError unless the checkpoint is of this step and model."""
    file = path(directory, step) / IDENTITY_FILE
    try:
        content = json.loads(file.read_text())
    except ValueError as error:
        raise UserError(f"{file} is damaged: remove {file.parent}") from error
    for key, value in {"step": step, **identity}.items():
        if content.get(key) != value:
            raise UserError(
                f"{file.parent} is of another run: its {key} is {content.get(key)!r}, "
                f"not {value!r}; remove it, or start over with --renew"
            )


def restore(
    checkpoint: tf.train.Checkpoint,
    directory: pathlib.Path,
    step: int,
    identity: dict[str, Any],
) -> None:
    """Restores all state; a UserError if the checkpoint is of another model."""
    state = path(directory, step) / "state"
    try:
        check_identity(directory, step, identity)
        checkpoint.read(str(state)).assert_consumed()
    except UserError:
        raise
    except (*UNREADABLE, FileNotFoundError) as error:
        raise UserError(
            f"{state.parent} is damaged ({first_line(error)}): remove it to resume "
            "from the one before it, or start over with --renew"
        ) from error


def restore_networks(
    model: GenerativeModel,
    directory: pathlib.Path,
    step: int,
    identity: dict[str, Any],
) -> None:
    """Restores the networks alone.

    Raises:
        FileNotFoundError: the checkpoint is not there (any more).
        UserError: it is of another model, or damaged.
    """
    state = path(directory, step) / "state"
    check_identity(directory, step, identity)
    try:
        status = tf.train.Checkpoint(**model.networks).read(str(state))
        status.assert_existing_objects_matched().expect_partial()
    except UNREADABLE as error:
        if not state.parent.is_dir():
            raise FileNotFoundError(str(state)) from error
        raise UserError(
            f"{state.parent} is damaged ({first_line(error)}): remove it"
        ) from error


def first_line(error: Exception) -> str:
    """Returns the first line of an error's text, without TensorFlow's names of ops."""
    line = str(error).strip().partition("\n")[0]
    return re.sub(r"\{\{.*?\}\} ?| \[Op:.*", "", line)
