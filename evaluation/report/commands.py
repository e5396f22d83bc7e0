"""The commands that make a run or a study again."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import models
from evaluation.eval_options import EvalOptions
from training import settings, train_flags
from training.study.protocol import Protocol

if TYPE_CHECKING:
    from training import runs


def of_run(run: runs.Run, options: EvalOptions) -> list[str]:
    """Returns the commands that train and evaluate one run."""
    c = run.config
    usual = dataclasses.asdict(models.model_class(c["model"]).Config())
    overrides = {k: v for k, v in c["config"].items() if v != usual.get(k)}
    names = {field.name for field in dataclasses.fields(settings.Settings)}
    fields = {k: v for k, v in (c | c["watch"]).items() if k in names}
    fields |= {"overrides": overrides, "num_epochs": settings.Settings.num_epochs}
    side = c["image_shape"][0]
    others = {"dataset": c["dataset"]["name"], "name": run.name}
    if side > 1:
        others["image_size"] = side
    summary_dir = run.directory.parent
    places = train_flags.elsewhere(data_dir=options.data_dir, summary_dir=summary_dir)
    flags = train_flags.flags(settings.Settings(**fields), others)
    train = shlex.join(["python", "train.py", *flags, *places])
    evaluate = evaluation(run.name, summary_dir, options)
    if options.ema:
        evaluate += " --ema"
    if options.statistics:
        evaluate += f" --statistics={options.statistics}"
    return [train, evaluate]


def of_study(protocol: Protocol, options: EvalOptions) -> list[str]:
    """Returns the commands that train and evaluate all of a study."""
    evaluate = evaluation(protocol.name, options.summary_dir, options)
    command = protocol.content.get("command")
    return [command, evaluate] if command else [evaluate]


def evaluation(name: str, summary_dir: Path, options: EvalOptions) -> str:
    """Returns the command that draws and measures."""
    places = train_flags.elsewhere(
        data_dir=options.data_dir,
        summary_dir=summary_dir,
        assets_dir=options.assets_dir,
    )
    return shlex.join(["python", "eval.py", "--name", name, *places])
