"""The runs of a study as processes, some at a time, in one view."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import tqdm

from common import cli
from common.errors import UserError
from training import runs, signals
from training.study import places

SCRIPT = pathlib.Path(__file__).parents[2] / "train.py"
LOG = "train.log"  # what a run's process printed
PAUSE = 0.3  # seconds between two looks


@dataclasses.dataclass
class Job:
    """A run that should reach `steps`, and the flags of train.py that train it."""

    run: runs.Run
    steps: int
    flags: Sequence[str]
    process: subprocess.Popen | None = None  # None: not started, or by someone else
    place: places.Place = dataclasses.field(default_factory=places.Place)

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to train: finished, or not finite any more."""
        return self.steps in self.run.checkpoints() or self.run.not_finite is not None

    @property
    def step(self) -> int:
        """The step that it has reached, as far as its log tells."""
        lines = self.run.metrics()
        return int(lines[-1]["step"]) if lines else 0

    @property
    def alive(self) -> bool:
        """Whether it is being trained, by a process of ours or of a killed study."""
        if self.process:
            return self.process.poll() is None
        return self.run.is_locked()

    @property
    def outcome(self) -> str:
        """How it ended, in words."""
        return self.run.not_finite or "finished"

    @property
    def gpu_indices(self) -> list[int]:
        """The numbers of the GPUs that it computed on last."""
        if not self.run.config_file.exists():
            return []
        return self.run.config["environment"].get("gpu_indices", [])

    def start(self) -> None:
        """Starts the process in its place; it resumes a run that was begun.

        A terminal's Ctrl-C does not reach it: the study alone says when to save.
        """
        self.run.directory.mkdir(parents=True, exist_ok=True)
        with (self.run.directory / LOG).open("a") as log:
            self.process = subprocess.Popen(  # noqa: S603 - this project's own script
                [sys.executable, str(SCRIPT), *self.flags, *self.place.flags],
                env=os.environ | self.place.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def check(self) -> None:
        """Raises a UserError if its process failed for another reason than numbers.

        One that was told to stop did not fail.
        """
        code = self.process.returncode if self.process else 0
        if code in (0, cli.INTERRUPTED, cli.TERMINATED) or self.ended:
            return
        log = self.run.directory / LOG
        raise UserError(
            f"run {self.run.name!r} {failure(code, log)} (all that it said: {log}); "
            "mend it and run the same command again"
        )


def failure(code: int, log: pathlib.Path) -> str:
    """Says how a process ended that printed to a log, by its exit code."""
    if code < 0:
        name = signal.Signals(-code).name
        memory = ": the machine may be out of memory" * (code == -signal.SIGKILL)
        return f"was killed by {name}{memory}"
    *_, last = ["", *log.read_text(errors="replace").split("\n")[:-1]]
    return f"failed: {last.removeprefix('error: ')}"


def run(jobs: Sequence[Job], title: str, chosen: Sequence[places.Place]) -> bool:
    """Trains what has not ended, one in each place; returns whether all have ended.

    Ctrl-C and SIGTERM let the processes save; the same call goes on. Runs that a killed
    study has left behind are waited for, each in the place that it has.

    Raises:
        UserError: a run failed; the others were stopped and have saved.
    """
    waiting = [job for job in jobs if not job.ended]
    waiting.sort(key=lambda job: not job.alive)
    free = list(chosen)
    active: list[Job] = []
    view = View(jobs, title)
    with signals.Interruption() as interruption:
        try:
            while (waiting or active) and not interruption:
                while waiting and free:
                    job = waiting.pop(0)
                    job.place = places.take(free, job.gpu_indices if job.alive else [])
                    active.append(job)
                    if not job.alive:
                        job.start()
                time.sleep(PAUSE)
                for job in [job for job in active if not job.alive]:
                    job.check()
                    active.remove(job)
                    free.append(job.place)
                    if not job.ended:  # stopped from outside, or left by a killed study
                        waiting.insert(0, job)
                    view.ended(job)
                view.show(active)
        finally:
            stop(active)
            view.close()
    return all(job.ended for job in jobs)


def stop(active: Sequence[Job]) -> None:
    """Lets the processes save and end."""
    for job in active:
        if job.process and job.process.poll() is None:
            job.process.terminate()
    for job in active:
        if job.process:
            job.process.wait()


class View:
    """One bar for the study and one for each run under way; lines without a terminal.

    They count steps.
    """

    def __init__(self, jobs: Sequence[Job], title: str):
        self.jobs, self.title = jobs, title
        self.bar = tqdm.tqdm(
            desc=title, total=sum(job.steps for job in jobs), unit="step", disable=None
        )
        self.bars: dict[str, tqdm.tqdm] = {}

    def show(self, active: Sequence[Job]) -> None:
        """Moves the bars to where the runs are."""
        if self.bar.disable:
            return
        for job in active:
            if job.run.name not in self.bars:
                self.bars[job.run.name] = tqdm.tqdm(
                    desc=f"  {job.run.name}", total=job.steps, unit="step", leave=False
                )
            self.move(self.bars[job.run.name], job.step)
        done = sum(job.steps if job.ended else job.step for job in self.jobs)
        self.move(self.bar, done)
        over = sum(job.ended for job in self.jobs)
        self.bar.set_postfix_str(f"{over} of {len(self.jobs)} runs")

    def ended(self, job: Job) -> None:
        """Says that a run is over."""
        if bar := self.bars.pop(job.run.name, None):
            bar.close()
        if job.ended:
            over = sum(other.ended for other in self.jobs)
            text = f"{self.title}: {job.run.name} {job.outcome}"
            tqdm.tqdm.write(f"{text} ({over} of {len(self.jobs)} runs)", sys.stderr)

    @staticmethod
    def move(bar: tqdm.tqdm, step: int) -> None:
        """Sets a bar to a step."""
        bar.update(step - bar.n)

    def close(self) -> None:
        """Ends all bars."""
        for bar in (*self.bars.values(), self.bar):
            bar.close()


def command(flags: Sequence[str]) -> str:
    """Returns the command that trains a run, as a user types it."""
    return shlex.join(["python", SCRIPT.name, *flags])
