"""Two commands at once that touch the same files."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable

import checks
import fixtures
import verdicts
from commands import Result
from fixtures import Workshop
from trials import Broken, Case, Place, check_answered

CAMPAIGN = "concurrency"
Command = tuple[str, ...]
TRAIN = ("train.py", *fixtures.train("gan"))
ON = ("train.py", *fixtures.train("gan", fixtures.LONGER))
ANEW = (*TRAIN, "--renew")
EVAL = ("eval.py", "--name=run", *fixtures.MEASURE)
CONVERT = ("convert.py", "digits", "--image_size=28")
DOWNLOAD = ("download.py", "mnist", "--source=source")
STUDY = ("train.py", *fixtures.STUDY)
STUDY_EVAL = ("eval.py", "--name=study")
EXPORT = ("eval.py", "--name=run", "--export=out")


def both(place: Place, rng: random.Random, *commands: Command) -> list[Result]:
    """Runs commands that begin shortly one after the other; each exits with 0 or 2."""
    started = []
    for command in commands:
        started.append(place.start(*command))
        time.sleep(rng.choice([0, rng.uniform(0, 4)]))
    results = [place.wait(process) for process in started]
    for result in results:
        check_answered(result)
    return results


def twice(
    workshop: Workshop, made: str, command: Command, check: checks.Check
) -> Callable:
    """Returns a trial: a command twice at once; one works, the other may be refused."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get(made))
        results = both(place, rng, command, command)
        if all(result.code for result in results):
            raise Broken("both commands were refused")
        check(place, workshop)
        verdicts.check_no_leftovers(place.root)

    return trial


def pair(
    workshop: Workshop, made: str, first: Command, second: Command, check: checks.Check
) -> Callable:
    """Returns a trial: two commands at once; the first has to work.

    Of two that write the same, the second may have come first.
    """

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get(made))
        result, other = both(place, rng, first, second)
        if result.code and (other.code or first[0] != second[0]):
            raise Broken("the first command was refused")
        check(place, workshop)
        verdicts.check_no_leftovers(place.root)

    return trial


def removed(workshop: Workshop, command: Command, folder: str) -> Callable:
    """Returns a trial: a folder is removed while a command works on it."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("run gan"))
        process = place.start(*command)
        time.sleep(rng.uniform(0.2, workshop.seconds("run gan")))
        shutil.rmtree(place.root / folder, ignore_errors=True)
        check_answered(place.wait(process))

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns the pairs of commands that touch the same files."""
    run, study = checks.same_run("run gan"), checks.same_study
    data = checks.same_data("digits", "data/digits/28px")
    numbers = checks.same_numbers("measured gan")
    trials = {
        "train twice": twice(workshop, "digits", TRAIN, run),
        "train anew twice": twice(workshop, "run gan", ANEW, run),
        "convert twice": twice(workshop, "digits", (*CONVERT, "--renew"), data),
        "download twice": twice(workshop, "source idx", DOWNLOAD, checks.nothing),
        "study twice": twice(workshop, "digits", STUDY, study),
        "eval twice": twice(workshop, "run gan", EVAL, numbers),
        "export twice": twice(workshop, "run gan", EXPORT, checks.nothing),
        "train, eval": pair(
            workshop, "run gan", ON, EVAL, checks.same_run("longer gan", logs=False)
        ),
        "train anew, eval": pair(workshop, "run gan", ANEW, EVAL, run),
        "train anew, export": pair(workshop, "run gan", ANEW, EXPORT, run),
        "study, eval": pair(workshop, "digits", STUDY, STUDY_EVAL, study),
        "study, study anew": pair(
            workshop, "digits", STUDY, (*STUDY, "--renew"), study
        ),
        "convert anew, train": pair(
            workshop, "digits", (*CONVERT, "--renew"), TRAIN, data
        ),
        "train, convert anew": pair(
            workshop, "run gan", ON, (*CONVERT, "--renew"), data
        ),
        "convert anew, eval": pair(
            workshop, "run gan", (*CONVERT, "--renew"), EVAL, data
        ),
        "run removed, train": removed(workshop, ON, "summary/run"),
        "runs removed, train": removed(workshop, TRAIN, "summary"),
        "checkpoints removed, train": removed(workshop, ON, "summary/run/checkpoints"),
        "run removed, eval": removed(workshop, EVAL, "summary/run"),
        "data removed, train": removed(workshop, ON, "data/digits"),
        "data removed, eval": removed(workshop, EVAL, "data/digits"),
        "raw removed, convert": removed(workshop, (*CONVERT, "--renew"), "data/digits"),
        "assets removed, eval": removed(workshop, EVAL, "assets"),
    }
    return [
        Case(CAMPAIGN, "two commands at once", f"concurrency: {name}", trial)
        for name, trial in trials.items()
    ]
