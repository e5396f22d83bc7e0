"""Whether a place has what it would have if nothing had befallen its commands."""

from __future__ import annotations

from collections.abc import Callable

import verdicts
from fixtures import Workshop
from trials import Place

Check = Callable[[Place, Workshop], None]


def same_run(reference: str, name: str = "run", logs: bool = True) -> Check:
    """Returns a check that a run is bit-equal to one that was never stopped.

    A run that is trained further has logged a look at its first end: `logs=False`.
    """

    def check(place: Place, workshop: Workshop) -> None:
        expected = workshop.get(reference) / "summary/run"
        verdicts.check_same_run(place.summary / name, expected, logs)

    return check


def same_study(place: Place, workshop: Workshop, logs: bool = True) -> None:
    """Checks that all runs of a study are bit-equal to those never stopped."""
    for config in (workshop.get("study") / "summary/study").glob("*/config.json"):
        run = place.summary / "study" / config.parent.name
        verdicts.check_same_run(run, config.parent, logs)


def same_study_weights(place: Place, workshop: Workshop) -> None:
    """Checks the same, but not what was logged."""
    same_study(place, workshop, logs=False)


def same_numbers(reference: str, name: str = "run") -> Check:
    """Returns a check that eval.py's numbers and pictures are right."""

    def check(place: Place, workshop: Workshop) -> None:
        ours, theirs = (
            root / "assets" / name for root in (place.root, workshop.get(reference))
        )
        verdicts.check_same_numbers(ours, theirs)
        if (theirs / "samples").exists():
            verdicts.check_same_pictures(ours, theirs)

    return check


def same_data(reference: str, folder: str = "data") -> Check:
    """Returns a check that raw files and shards are right."""

    def check(place: Place, workshop: Workshop) -> None:
        expected = workshop.get(reference) / folder
        verdicts.check_same_data(place.root / folder, expected)

    return check


def nothing(place: Place, workshop: Workshop) -> None:
    """Checks nothing more than what holds of every command."""
