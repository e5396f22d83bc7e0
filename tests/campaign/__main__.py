"""Tries the suite's promises at random, for as long as it may; see docs/reliability.md.

python tests/campaign --minutes 30 --seed 1
python tests/campaign --only 'kill: train dcgan' --seed 7
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import itertools
import multiprocessing
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

import commands

commands.import_scripts()


import concurrency  # noqa: E402
import corruption  # noqa: E402
import disks  # noqa: E402
import fuzz  # noqa: E402
import kills  # noqa: E402
import multiworker  # noqa: E402
import trials  # noqa: E402
from fixtures import Workshop  # noqa: E402

AT_ONCE = 2
CAMPAIGNS = (kills, corruption, fuzz, disks, concurrency, multiworker)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A trial that has been made; `failure` is empty if all promises held."""

    campaign: str
    kind: str
    name: str
    seed: int
    failure: str
    seconds: float


def attempt(case: trials.Case, seed: int, folder: pathlib.Path, keep: bool) -> Outcome:
    """Makes a trial in a new folder, and removes it unless it failed and `keep`."""
    began = time.monotonic()
    place = trials.Place(pathlib.Path(tempfile.mkdtemp(dir=folder)) / "trial")
    failure = ""
    try:
        try:
            case.trial(place, trials.generator(case, seed), seed)
        finally:
            place.close()
        place.check_outside()
    except trials.Broken as broken:
        told = "\n".join([*place.notes, *map(str, place.results[-3:])])
        failure = f"{broken}\n{told}"
    except Exception:  # a fault of this script, or a file that cannot be read after it
        failure = f"no verdict\n{traceback.format_exc()}"
    if not (failure and keep):
        shutil.rmtree(place.folder.parent, ignore_errors=True)
    return Outcome(
        case.campaign, case.kind, case.name, seed, failure, time.monotonic() - began
    )


def work(number, cases, seed, deadline, folder, keep, outcomes) -> None:
    """Makes every AT_ONCE-th trial until the time is over."""
    mine = itertools.islice(trials.rounds(cases, seed), number, None, AT_ONCE)
    for case, trial_seed in mine:
        if time.monotonic() > deadline:
            break
        outcomes.put(attempt(case, trial_seed, folder, keep))
    outcomes.put(None)


def campaign(cases, seed: int, minutes: float, folder: pathlib.Path, keep: bool):
    """Yields the outcomes of trials, AT_ONCE at a time, for so many minutes."""
    context = multiprocessing.get_context("fork")
    outcomes = context.SimpleQueue()
    deadline = time.monotonic() + 60 * minutes
    workers = [
        context.Process(
            target=work, args=(i, cases, seed, deadline, folder, keep, outcomes)
        )
        for i in range(AT_ONCE)
    ]
    for worker in workers:
        worker.start()
    at_work = len(workers)
    while at_work:
        outcome = outcomes.get()
        if outcome is None:
            at_work -= 1
        else:
            yield outcome


def table(outcomes: list[Outcome], cases: list[trials.Case]) -> str:
    """Returns trials and failures of each kind, as Markdown."""
    counts = collections.Counter((o.campaign, o.kind) for o in outcomes)
    failures = collections.Counter((o.campaign, o.kind) for o in outcomes if o.failure)
    rows = dict.fromkeys((case.campaign, case.kind) for case in cases)
    lines = ["| campaign | what | trials | failures |", "|---|---|---|---|"]
    lines += [f"| {c} | {k} | {counts[c, k]} | {failures[c, k]} |" for c, k in rows]
    total = f"| all | | {counts.total()} | {failures.total()} |"
    return "\n".join([*lines, total])


def report(outcome: Outcome) -> None:
    """Prints a failure, and the command that repeats it."""
    first, _, rest = outcome.failure.partition("\n")
    print(f"FAILED {outcome.name}: {first}")
    print(f"  python tests/campaign --only {outcome.name!r} --seed {outcome.seed}")
    print("".join(f"    {line}\n" for line in rest.splitlines()), flush=True)


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python tests/campaign")
    parser.add_argument("--minutes", type=float, default=30, help="how long")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", default="", help="the trial of this name, once")
    parser.add_argument("--match", default="", help="trials with this in their name")
    parser.add_argument("--table", type=pathlib.Path, help="file for the table")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps failed trials here")
    parser.add_argument("--list", action="store_true", help="names of all trials")
    return parser.parse_args()


def main() -> int:
    """Makes the trials that the command line asks for; 1 if any failed."""
    given = arguments()
    folder = given.folder or pathlib.Path(tempfile.mkdtemp(prefix="campaign-"))
    folder.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(folder / "made")
    cases = [c for module in CAMPAIGNS for c in module.cases(workshop)]
    cases = [c for c in cases if given.match in c.name and given.only in ("", c.name)]
    if given.list or not cases:
        print("\n".join(case.name for case in cases) or "no trial has this name")
        return 0
    outcomes = []
    print(
        f"seed {given.seed}, {len(cases)} cases, {given.minutes:g} minutes", flush=True
    )
    try:
        if given.only:
            made = iter([attempt(cases[0], given.seed, folder, bool(given.folder))])
        else:
            keep = bool(given.folder)
            made = campaign(cases, given.seed, given.minutes, folder, keep)
        for outcome in made:
            outcomes.append(outcome)
            if outcome.failure:
                report(outcome)
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)
    text = table(outcomes, cases)
    untried = {case.name for case in cases} - {o.name for o in outcomes}
    print(f"seed {given.seed}: {len(outcomes)} trials, {len(untried)} cases untried")
    print(text)
    if given.table:
        given.table.write_text(text + "\n")
    return int(any(o.failure for o in outcomes))


if __name__ == "__main__":
    sys.exit(main())
