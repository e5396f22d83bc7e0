"""The commands that make a run or a study again."""

from __future__ import annotations

import dataclasses
import shlex
from typing import TYPE_CHECKING

import models
from training import options, protocol, settings

if TYPE_CHECKING:
    from training import runs


def of_run(run: runs.Run) -> list[str]:
    """Training and evaluation of one run."""
    c = run.config
    usual = dataclasses.asdict(models.model_class(c["model"]).Config())
    overrides = {k: v for k, v in c["config"].items() if v != usual.get(k)}
    known = {field.name for field in dataclasses.fields(settings.Settings)}
    said = {k: v for k, v in (c | c["watch"]).items() if k in known}
    said |= {"overrides": overrides, "num_epochs": settings.Settings.num_epochs}
    side = c["image_shape"][0]
    others = {"dataset": c["dataset"]["name"], "name": run.name}
    if side > 1:
        others["image_size"] = side
    flags = options.flags(settings.Settings(**said), others)
    return [shlex.join(["python", "train.py", *flags]), evaluation(run.name)]


def of_study(written: protocol.Protocol) -> list[str]:
    """Training and evaluation of all of a study."""
    command = written.content.get("command")
    return [*([command] if command else []), evaluation(written.name)]


def evaluation(name: str) -> str:
    """The command that draws and measures."""
    return shlex.join(["python", "eval.py", "--name", name])
