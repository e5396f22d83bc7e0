"""What TensorBoard calls a run's files, its scalars and its hyper-parameters."""

import pathlib
import re
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from training import config_changes, runs

EVENTS = "events.out.tfevents.*"
# The group of a scalar is that of the first pattern that fits its name.
GROUPS = {
    "speed": r"images_per_second|data_wait",
    "rates": r"(.*_)?lr",
    "penalty": r"gp|pt|pt_loss|constraint",
    "D": r"d_(?!loss).*|w_dist|balance|m|k",
    "loss": r".*",
}


def folder(run: runs.Run, model: str) -> pathlib.Path:
    """Returns where a run's event files lie, in a folder that has its model's name.

    TensorBoard calls a run by the folder of its files, seen from --logdir: the model
    with `--logdir=summary/run1`, `run1/` and the model with `--logdir=summary`. Files
    in summary/run1 itself had no name in the first, and HParams found no metrics.
    """
    return run.directory / model


def bring_files(run: runs.Run, model: str) -> None:
    """Moves event files of a run that began when they lay in its own directory."""
    for file in run.directory.glob(EVENTS):
        place = folder(run, model)
        place.mkdir(exist_ok=True)
        file.rename(place / file.name)


def group(name: str) -> str:
    """Returns the group of a scalar of the training: `gp` -> `penalty`."""
    return next(g for g, pattern in GROUPS.items() if re.fullmatch(pattern, name))


def hyper_parameters(
    config: Mapping[str, Any], chosen: Mapping[str, Any]
) -> dict[str, bool | int | float | str]:
    """Returns options as HParams takes them, with what a person chose in front.

    HParams sorts by name, so `--set g_lr` comes before `g_lr`. The option is under both
    names: the second has a value in every run.

    Args:
        config: config.json of the run.
        chosen: options that differ from their default, as train.py's flags spell them.
    """
    left_out = (*config_changes.CHANGEABLE, config_changes.EVALUATED)
    settings = {
        key.removeprefix("config."): value
        for key, value in config_changes.flat(dict(config)).items()
        if key.partition(".")[0] not in left_out
    }
    return {
        key: value if isinstance(value, (bool, int, float)) else str(value)
        for key, value in {**chosen, **settings}.items()
    }


def forget_after(directory: pathlib.Path, step: int) -> None:
    """Tells TensorBoard to forget what it was shown after this step."""
    log = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    with tf.Graph().as_default():  # only TensorFlow 1 writes such events
        writer = tf.compat.v1.summary.FileWriter(str(directory))
        writer.add_session_log(log, step + 1)
        writer.close()
