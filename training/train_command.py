"""What train.py does with its flags."""

import pathlib
import shlex
import sys
from collections.abc import Mapping
from typing import Any

from common.errors import UserError
from datasets.conversion import converter
from training import option_list, recipes, run_training, runs, train_flags
from training.monitoring import metrics_interface
from training.study import entries, launch, protocol


def run(
    arguments: list[str], flags: Mapping[str, Any], metrics: metrics_interface.Metrics
) -> None:
    """Trains what the flags describe, and says what to type next; or lists options.

    A flag that is missing has the value of `--recipe`, or else its default.
    """
    if arguments:
        raise UserError(f"{arguments[0]!r} is not a flag; --help lists them")
    if flags.get("list_options"):
        print(option_list.text(train_flags.merged(flags).get("model")))
        return
    train = launch.run if entries.wanted(flags) else train_one
    name, finished = train(flags, metrics)

    summary_dir = flags["summary_dir"]
    where = train_flags.elsewhere(summary_dir=summary_dir, data_dir=flags["data_dir"])
    if finished:
        print(f"next: {shlex.join(['python', 'eval.py', '--name', name, *where])}")
    else:
        print(f"stopped; this goes on with it: {shlex.join(['python', *sys.argv])}")
    print(f"      tensorboard --logdir={pathlib.Path(summary_dir) / name}")


def train_one(
    flags: Mapping[str, Any], metrics: metrics_interface.Metrics
) -> tuple[str, bool]:
    """Trains one run; returns its name and whether it is finished."""
    if "jobs" in flags:
        raise UserError("--jobs is for a study: name several models, or give --seeds")
    if "statistics" in flags:
        raise UserError(
            f"--statistics {flags['statistics']} is for the protocol of a study: say "
            "it to eval.py when the run is measured"
        )
    options = train_flags.merged(flags)
    settings = train_flags.settings(options)
    run = runs.Run(pathlib.Path(options["summary_dir"]), options["name"])
    if protocol.is_study(run.directory):
        raise UserError(
            f"{run.name!r} is a study: give the run another --name, or repeat the "
            "study's own command to go on with it"
        )
    if recipe := flags.get("recipe"):
        print(f"recipe   {recipe}: {recipes.find(recipe).source}")
    data_dir = pathlib.Path(options["data_dir"])
    info = converter.ensure(options["dataset"], options.get("image_size"), data_dir)

    def evaluator() -> metrics_interface.Evaluator:
        return metrics.evaluator(info, options)

    return run.name, run_training.train(
        settings, info, run, options["renew"], evaluator
    )
