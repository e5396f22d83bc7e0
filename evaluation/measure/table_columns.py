"""Columns of the tables that compare runs: what each has of a run, and its form."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from evaluation.measure.comparison import Outcome


class Column(NamedTuple):
    """A number of each run under a head; None where a run has none."""

    head: str
    key: str  # in the CSV
    of: Callable[[Outcome], float | None]
    form: str  # of the mean and its spread
    floor: str = ""  # which number of real images stands in their row


def last(name: str) -> Callable[[Outcome], float | None]:
    """Returns what reads the number of the last step wanted, if it is there."""

    def of(outcome: Outcome) -> float | None:
        return outcome.series.by_step(name).get(outcome.steps)

    return of


def over_steps(
    name: str, choose: Callable[[Sequence[float]], float]
) -> Callable[[Outcome], float | None]:
    """Returns what reads the best or median number over all checkpoints measured."""

    def of(outcome: Outcome) -> float | None:
        values = list(outcome.series.by_step(name).values())
        return choose(values) if values else None

    return of


def first_columns(outcomes: Sequence[Outcome]) -> list[Column]:
    """Returns the columns of the first table; an extractor's carry its name."""
    x = extractor(outcomes)
    fid, kid = f"fid_{x}", f"kid_{x}"
    return [
        Column(f"FID ({x}) last", f"{fid}_last", last(fid), ".2f", fid),
        Column(f"FID ({x}) best", f"{fid}_best", over_steps(fid, min), ".2f"),
        Column(f"KID ({x}) last", f"{kid}_last", last(kid), ".4f", kid),
        *measured_columns(outcomes, {"precision": ".3f", "recall": ".3f"}),
    ]


def further_columns(outcomes: Sequence[Outcome]) -> list[Column]:
    """Returns the columns of the other tables: all else that is known of a run."""
    x = extractor(outcomes)
    fid = f"fid_{x}"
    forms = {
        "density": ".3f", "coverage": ".3f", "score": ".2f", "class_kl": ".4f",
        "path_length": ".1f", "ms_ssim": ".3f",
    }  # fmt: skip
    median = over_steps(fid, statistics.median)
    return [
        Column(f"FID ({x}) median", f"{fid}_median", median, ".2f"),
        *measured_columns(outcomes, forms),
        *COST,
    ]


def measured_columns(
    outcomes: Sequence[Outcome], forms: Mapping[str, str]
) -> list[Column]:
    """Returns columns of the last step's numbers that any run has.

    `forms` are by name, without the extractor of those that have one.
    """
    x = extractor(outcomes)
    measured = {
        key
        for outcome in outcomes
        for metrics in outcome.series.steps.values()
        for key in metrics.numbers
    }
    return [
        Column(head(key, x, name), f"{key}_last", last(key), form, key)
        for name, form in forms.items()
        for key in (f"{name}_{x}", name)
        if key in measured
    ]


def head(key: str, x: str, name: str) -> str:
    """Returns a number's name with its extractor, where it has one."""
    plain = "MS-SSIM" if name == "ms_ssim" else name.replace("_", " ")
    plain = plain.replace("kl", "KL")
    return f"{plain} ({x})" if key.endswith(x) else plain


def extractor(outcomes: Sequence[Outcome]) -> str:
    """Returns the name of what made the features of all these runs."""
    return outcomes[0].series.provenance.extractor


COST = [
    Column("images", "images", lambda o: o.images, ",.0f"),
    Column("minutes", "minutes", lambda o: o.seconds / 60, ".1f"),
    Column("parameters", "parameters", lambda o: sum(o.parameters.values()), ",.0f"),
]
