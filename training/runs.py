"""A run's directory: its name, configuration, metrics, checkpoints and lock."""

import contextlib
import json
import pathlib
import shutil
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from absl import logging

import models
from common import files, forms
from common.errors import UserError
from models.base.generative import GenerativeModel
from training import checkpoints, config_changes, run_files


class Run:
    """`summary/<name>/`; docs/training.md shows its files."""

    def __init__(self, summary_dir: pathlib.Path, name: str):
        self.name = checked_name(name)
        self.directory = pathlib.Path(summary_dir) / name
        self.checkpoint_directory = self.directory / "checkpoints"
        self.metrics_file = self.directory / "metrics.jsonl"
        self.config_file = self.directory / "config.json"

    @cached_property
    def config(self) -> dict[str, Any]:
        """config.json: everything resolved, of the form `run_files.RunConfig`."""
        remedy = "train the run again with --renew"
        return forms.read(self.config_file, run_files.RunConfig, remedy)

    @property
    def identity(self) -> dict[str, Any]:
        """What a checkpoint of this run is a checkpoint of."""
        return run_files.identity(self.config)

    def checkpoints(self) -> list[int]:
        """Returns the steps of the checkpoints, ascending."""
        return checkpoints.steps(self.checkpoint_directory)

    def metrics(self) -> list[dict[str, Any]]:
        """Reads the lines of metrics.jsonl; a half-written last one is left out."""
        if not self.metrics_file.exists():
            return []
        lines = self.metrics_file.read_text(errors="replace").split("\n")[:-1]
        return [self._log_line(number, line) for number, line in enumerate(lines, 1)]

    def _log_line(self, number: int, line: str) -> dict[str, Any]:
        """Returns the content of a line of metrics.jsonl, numbered from 1."""
        try:
            return forms.parse(line, run_files.LogLine)
        except ValueError as error:
            raise UserError(
                f"{self.metrics_file}, line {number}, is damaged ({error}): remove "
                "that line"
            ) from error

    def marks(self) -> list[dict[str, Any]]:
        """Returns what befell the run: lines with a `mark` and its `cause` in words."""
        return [line for line in self.metrics() if "mark" in line]

    @property
    def not_finite(self) -> str | None:
        """What stopped the run for good, in words; None: nothing did."""
        causes = [m["cause"] for m in self.marks() if m["mark"] == "not finite"]
        return causes[-1] if causes else None

    def fresh_model(self, averaged: bool = False) -> GenerativeModel:
        """Builds the run's model with fresh weights; `averaged`: see models.create."""
        c = self.config
        shape, classes, seed = c["image_shape"], c["num_classes"], c["seed"]
        try:
            return models.create(
                c["model"], shape, classes, seed, averaged, **c["config"]
            )
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{self.config_file} is damaged ({error}); train the run again with "
                "--renew"
            ) from error

    def model(
        self, step: int | Literal["latest"] = "latest", averaged: bool = False
    ) -> GenerativeModel:
        """Returns the run's model with the networks of a checkpoint.

        Its optimizers are new: `trainer.train` goes on with the training.

        Args:
            step: of a checkpoint; `latest` is the last one.
            averaged: whether pictures are of the generator's moving average.

        Raises:
            UserError: there is no such checkpoint.
        """
        steps = saved(self)
        if step not in ("latest", *steps):
            raise UserError(
                f"run {self.name!r} has no checkpoint of step {step!r}; of its "
                f"{len(steps)} from {steps[0]} to {steps[-1]}, `run.checkpoints()` "
                "lists all: name one, or 'latest'"
            )
        model = self.fresh_model(averaged)
        self.restore_networks(model, steps[-1] if step == "latest" else int(step))
        return model

    def restore_networks(self, model: GenerativeModel, step: int) -> None:
        """Loads the networks of a step; FileNotFoundError if it is gone."""
        directory = self.checkpoint_directory
        checkpoints.restore_networks(model, directory, step, self.identity)

    def check(self, config: dict[str, Any]) -> None:
        """Raises a UserError if the run was started with another configuration.

        It names the keys that differ.
        """
        if not self.config_file.exists() and self.checkpoints():
            raise UserError(
                f"{self.directory} has checkpoints but no config.json to say of what: "
                "start over with --renew"
            )
        may_change = config_changes.may_change
        started = self.config_file.exists()
        if started and (
            differing := config_changes.differences(self.config, config, may_change)
        ):
            devices = "give as many --gpus as before, or "
            hint = devices if self.config["replicas"] != config["replicas"] else "give "
            raise UserError(
                f"run {self.name!r} was started with another configuration: "
                f"{differing}; {hint}it another --name, or --renew to start over"
            )

    def adopt(self, config: dict[str, Any]) -> None:
        """Writes config.json, which `check` has accepted.

        The plan of its evaluations stays in it while these are switched off.
        """
        if self.config_file.exists():
            before = self.config["environment"]
            if not config_changes.same_bits(before, config["environment"]):
                logging.warning(
                    "run %s goes on in another environment (config.json); bits may "
                    "differ from a run that stayed in one",
                    self.name,
                )
            if (plan := config_changes.EVALUATED) in self.config:
                config = {**config, plan: self.config[plan]}
        files.write(self.config_file, json.dumps(config, indent=2) + "\n")
        self.__dict__.pop("config", None)

    def is_locked(self) -> bool:
        """Returns whether a process trains the run at this moment."""
        return files.is_locked(self.directory / ".lock")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second process off the run while the first lives."""
        self.directory.mkdir(parents=True, exist_ok=True)
        refusal = (
            f"run {self.name!r} is being trained by another process; wait for it, stop "
            "it, or give this one another --name"
        )
        with files.lock(self.directory / ".lock", refusal):
            yield

    def clear(self) -> None:
        """Removes all that the run made, but not its lock.

        config.json, or a study's protocol.json, goes last: killed on the way it leaves
        what only --renew starts again.
        """
        entries = [e for e in self.directory.iterdir() if e.name != ".lock"]
        for entry in sorted(entries, key=lambda e: e.suffix == ".json"):
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def checked_name(name: str) -> str:
    """Returns a name that is one folder; a UserError otherwise."""
    if not forms.NAME.fits(name):
        raise UserError(f"run name {name!r} is not usable: choose {forms.NAME.words}")
    return name


def started(summary_dir: pathlib.Path) -> list[str]:
    """Returns the names of the runs in a directory, oldest first."""
    configs = pathlib.Path(summary_dir).glob("*/config.json")
    return [f.parent.name for f in sorted(configs, key=activity)]


def activity(config_file: pathlib.Path) -> float:
    """Returns when a run last logged or was configured, in seconds."""
    metrics = config_file.with_name("metrics.jsonl")
    return max(f.stat().st_mtime for f in (config_file, metrics) if f.exists())


def newest(summary_dir: pathlib.Path) -> str:
    """Returns the name of the run that was active last."""
    names = started(summary_dir)
    if not names:
        raise UserError(
            f"there is no run in {summary_dir}; train one: python train.py --model "
            "dcgan --name run1"
        )
    return names[-1]


def saved(run: Run) -> list[int]:
    """Returns the steps of a run's checkpoints at this moment, ascending.

    Raises:
        UserError: there is none yet.
    """
    steps = run.checkpoints()
    if not steps:
        every = run.config["watch"]["ckpt_step"]
        raise UserError(
            f"run {run.name!r} has no checkpoint yet; it is saved every {every} steps: "
            "wait, or train it further with train.py"
        )
    return steps


def open(directory: pathlib.Path | str) -> Run:
    """Opens the run of a folder; a UserError lists its neighbours if there is none."""
    directory = pathlib.Path(directory)
    run = Run(directory.parent, directory.name)
    if not run.config_file.exists():
        known = ", ".join(started(directory.parent)) or "none"
        raise UserError(
            f"there is no run {run.name!r} in {directory.parent}; known: {known}"
        )
    return run
