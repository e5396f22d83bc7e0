"""Tries the suite's promises at random, for as long as it may; see docs/reliability.md.

python tests/campaign --minutes 30 --seed 1
python tests/campaign --only 'kill: train dcgan' --seed 7
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence

import launching

launching.import_scripts()  # before what follows, which imports parts of it aloud

import concurrency  # noqa: E402
import corruption  # noqa: E402
import disks  # noqa: E402
import fuzz  # noqa: E402
import kills  # noqa: E402
import multiworker  # noqa: E402
from fixtures import Workshop  # noqa: E402
from session import Outcome, Session  # noqa: E402
from trials import Case  # noqa: E402

TOLD = 20  # trials between two lines that say how many there were
CAMPAIGNS = (kills, corruption, fuzz, disks, concurrency, multiworker)


def table(outcomes: Sequence[Outcome], cases: Sequence[Case]) -> str:
    """Returns trials and failures of each kind, as Markdown."""
    tried = collections.Counter((o.case.campaign, o.case.kind) for o in outcomes)
    failed = collections.Counter(
        (o.case.campaign, o.case.kind) for o in outcomes if o.failure
    )
    rows = dict.fromkeys((case.campaign, case.kind) for case in cases)
    return "\n".join(
        [
            "| campaign | what | trials | failures |",
            "|---|---|---|---|",
            *(f"| {c} | {k} | {tried[c, k]} | {failed[c, k]} |" for c, k in rows),
            f"| all | | {tried.total()} | {failed.total()} |",
        ]
    )


def report(outcome: Outcome) -> None:
    """Prints a failure, and the command that repeats it."""
    name = outcome.case.name
    first, *rest = outcome.failure.splitlines()
    print(f"FAILED {name}: {first}")
    print(f"  python tests/campaign --only {name!r} --seed {outcome.seed}")
    print("\n".join(f"    {line}" for line in [*rest, ""]), flush=True)


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python tests/campaign")
    parser.add_argument("--minutes", type=float, default=30, help="how long")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", help="the trial of this name, once")
    parser.add_argument("--match", default="", help="trials with this in their name")
    parser.add_argument("--table", type=pathlib.Path, help="a file for the table")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps failed trials here")
    parser.add_argument("--list", action="store_true", help="print all names and stop")
    return parser.parse_args()


def main() -> int:
    """Makes the trials that the command line asks for; 1 if any failed."""
    given = arguments()
    folder = given.folder or pathlib.Path(tempfile.mkdtemp(prefix="campaign-"))
    folder.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(folder / "made")
    cases = [case for module in CAMPAIGNS for case in module.cases(workshop)]
    cases = [case for case in cases if given.match in case.name]
    cases = [case for case in cases if given.only in (None, case.name)]
    if given.list or not cases:
        print("\n".join(case.name for case in cases) or "no trial has this name")
        return int(not cases)

    keep = bool(given.folder)
    session = Session(cases, given.seed, given.minutes, folder.resolve(), keep)
    print(
        f"seed {given.seed}, {len(cases)} cases, {given.minutes:g} minutes", flush=True
    )
    outcomes = []
    try:
        if given.only:
            failure = session.attempt(cases[0], given.seed)
            made = iter([Outcome(cases[0], given.seed, failure)])
        else:
            made = session.outcomes()
        for outcome in made:
            outcomes.append(outcome)
            if outcome.failure:
                report(outcome)
            elif len(outcomes) % TOLD == 0:
                print(f"{len(outcomes)} trials", flush=True)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)

    text = table(outcomes, cases)
    untried = len(cases) - len({outcome.case.name for outcome in outcomes})
    print(f"seed {given.seed}: {len(outcomes)} trials, {untried} cases untried")
    print(text)
    if given.table:
        given.table.write_text(text + "\n")
    return int(any(outcome.failure for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
