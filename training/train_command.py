"""What train.py does with its flags."""

import pathlib
import shlex
import sys
from typing import Any

from common.errors import UserError
from datasets.conversion import converter
from training import runs, train_flags, trainer
from training.monitoring import metrics_interface
from training.study import launch, protocol


def run(
    arguments: list[str], given: dict[str, Any], measuring: metrics_interface.Measuring
) -> None:
    """Trains what the given flags describe, and says what to type next.

    A flag that is not given has the value of `--recipe`, or else its default.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; --help lists them")
    summary_dir, data_dir = given["summary_dir"], given["data_dir"]
    train_all = launch.run if launch.wanted(given) else one
    name, finished = train_all(given, measuring)
    where = train_flags.elsewhere(summary_dir=summary_dir, data_dir=data_dir)
    if finished:
        print(f"next: {shlex.join(['python', 'eval.py', '--name', name, *where])}")
    else:
        print(f"stopped; this goes on with it: {shlex.join(['python', *sys.argv])}")
    print(f"      tensorboard --logdir={pathlib.Path(summary_dir) / name}")


def one(
    given: dict[str, Any], measuring: metrics_interface.Measuring
) -> tuple[str, bool]:
    """Trains one run; its name and whether it is finished."""
    if "jobs" in given:
        raise UserError("--jobs is for a study: name several models, or give --seeds")
    merged = train_flags.merged(given)
    settings = train_flags.settings(merged)
    opened = runs.Run(pathlib.Path(merged["summary_dir"]), merged["name"])
    if protocol.is_study(opened.directory):
        raise UserError(
            f"{opened.name!r} is a study: give the run another --name, or repeat the "
            "study's own command to go on with it"
        )
    data_dir = pathlib.Path(merged["data_dir"])
    info = converter.ensure(merged["dataset"], merged.get("image_size"), data_dir)

    def prepare() -> metrics_interface.Evaluator:
        return measuring.evaluator(info, merged)

    finished = trainer.train(settings, info, opened, merged["renew"], prepare)
    return opened.name, finished
