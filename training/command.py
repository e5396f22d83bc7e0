"""What train.py does with its flags."""

import pathlib
import shlex
import sys
from typing import Any

from datasets import conversion
from errors import UserError
from training import online, options, protocol, runs, study, train


def run(
    arguments: list[str], given: dict[str, Any], measuring: online.Measuring
) -> None:
    """Trains what the given flags describe, and says what to type next.

    A flag that is not given has the value of `--recipe`, or else its default.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; --help lists them")
    summary_dir, data_dir = given["summary_dir"], given["data_dir"]
    train_all = study.run if study.wanted(given) else one
    name, finished = train_all(given, measuring)
    where = options.elsewhere(summary_dir=summary_dir, data_dir=data_dir)
    if finished:
        print(f"next: {shlex.join(['python', 'eval.py', '--name', name, *where])}")
    else:
        print(f"stopped; this goes on with it: {shlex.join(['python', *sys.argv])}")
    print(f"      tensorboard --logdir={pathlib.Path(summary_dir) / name}")


def one(given: dict[str, Any], measuring: online.Measuring) -> tuple[str, bool]:
    """Trains one run; its name and whether it is finished."""
    if "jobs" in given:
        raise UserError("--jobs is for a study: name several models, or give --seeds")
    merged = options.merged(given)
    settings = options.settings(merged)
    opened = runs.Run(pathlib.Path(merged["summary_dir"]), merged["name"])
    if protocol.is_study(opened.directory):
        raise UserError(
            f"{opened.name!r} is a study: give the run another --name, or repeat the "
            "study's own command to go on with it"
        )
    data_dir = pathlib.Path(merged["data_dir"])
    info = conversion.ensure(merged["dataset"], merged.get("image_size"), data_dir)

    def prepare() -> online.Evaluator:
        return measuring.evaluator(info, merged)

    finished = train.train(settings, info, opened, merged["renew"], prepare)
    return opened.name, finished
