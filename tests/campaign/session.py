"""Makes trials, two at a time, until the time is over."""

from __future__ import annotations

import dataclasses
import itertools
import multiprocessing
import pathlib
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from multiprocessing.queues import SimpleQueue

import trials

AT_ONCE = 2


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A trial that has been made; `failure` is empty if all promises held."""

    case: trials.Case
    seed: int
    failure: str


@dataclasses.dataclass(frozen=True)
class Session:
    """What is tried, for how long, and where; `keep` leaves the folders of failures."""

    cases: list[trials.Case]
    seed: int
    minutes: float
    folder: pathlib.Path
    keep: bool

    def outcomes(self) -> Iterator[Outcome]:
        """Makes trials in processes of their own; yields each as it ends.

        The processes are forked: they have imported TensorFlow.
        """
        context = multiprocessing.get_context("fork")
        ended: SimpleQueue[tuple[int, int, str] | None] = context.SimpleQueue()
        deadline = time.monotonic() + 60 * self.minutes
        workers = [
            context.Process(target=self._work, args=(number, deadline, ended))
            for number in range(AT_ONCE)
        ]
        for worker in workers:
            worker.start()

        at_work = len(workers)
        while at_work:
            if (outcome := ended.get()) is None:
                at_work -= 1
                continue
            number, seed, failure = outcome
            yield Outcome(self.cases[number], seed, failure)

    def _work(self, number: int, deadline: float, ended: SimpleQueue) -> None:
        """Makes every AT_ONCE-th trial until the time is over."""
        mine = trials.rounds(len(self.cases), self.seed)
        for case, seed in itertools.islice(mine, number, None, AT_ONCE):
            parent = multiprocessing.parent_process()
            if time.monotonic() > deadline or not (parent and parent.is_alive()):
                break
            ended.put((case, seed, self.attempt(self.cases[case], seed)))
        ended.put(None)

    def attempt(self, case: trials.Case, seed: int) -> str:
        """Makes a trial in a new folder; returns what failed, or an empty text."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        place = trials.Place(folder / "trial")
        failure = ""
        try:
            try:
                case.trial(place, trials.generator(case, seed), seed)
            finally:
                place.close()
            place.check_outside()
        except trials.Broken as broken:
            told = [*place.notes, *map(str, place.results[-3:])]
            failure = "\n".join([str(broken), *told])
        except Exception:  # what was left cannot be read, or this script is wrong
            failure = f"no verdict\n{traceback.format_exc()}"
        if not (failure and self.keep):
            shutil.rmtree(folder, ignore_errors=True)
        return failure
