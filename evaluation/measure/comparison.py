"""Runs in a table: last, best and median checkpoint, mean and spread over seeds.

Rows keep the order in which models were named: none is sorted to the top.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from evaluation.measure import provenance, results

REAL_ROW = "real images"


class Outcome(NamedTuple):
    """What came of one run, with one series of its metrics."""

    entry: str  # what seeds are grouped by: a model, a recipe or a run
    seed: int
    series: results.MetricSeries
    marks: Sequence[Mapping[str, Any]]  # lines of metrics.jsonl
    step: int  # reached
    steps: int  # wanted
    images: int  # real images seen
    seconds: float  # trained
    parameters: Mapping[str, int]  # by network

    @property
    def name(self) -> str:
        """The run's name on a page."""
        return f"{self.entry} seed {self.seed}"

    def has_mark(self, kind: str) -> bool:
        """Returns whether something happened to it."""
        return any(mark["mark"] == kind for mark in self.marks)


class Column(NamedTuple):
    """A number of each run under a head; None where a run has none."""

    head: str
    key: str  # in the CSV
    of: Callable[[Outcome], float | None]
    form: str  # of the mean and its spread
    floor: str = ""  # which number of real images stands in their row


class Cell(NamedTuple):
    """A number over the seeds of an entry; its spread is the sample deviation."""

    mean: float
    spread: float | None  # None of a single number
    runs: int

    def text(self, form: str, runs: int) -> str:
        """Returns it as a reader sees it; equal numbers have no spread.

        Says so where fewer than the `runs` of the row have the number.
        """
        spread = f" ± {self.spread:{form}}" if self.spread else ""
        of = f" ({self.runs} of {runs})" if self.runs < runs else ""
        return f"{self.mean:{form}}{spread}{of}"


def cell(values: Sequence[float | None]) -> Cell | None:
    """Returns the mean of the values that are there; None without any."""
    numbers = [value for value in values if value is not None]
    if not numbers:
        return None
    spread = statistics.stdev(numbers) if len(numbers) > 1 else None
    return Cell(statistics.fmean(numbers), spread, len(numbers))


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


def columns(outcomes: Sequence[Outcome]) -> list[Column]:
    """Returns the columns of the first table; an extractor's carry its name."""
    x, median = extractor(outcomes), statistics.median
    fid, kid = f"fid_{x}", f"kid_{x}"
    return [
        Column(f"FID ({x}) last", f"{fid}_last", last(fid), ".2f", fid),
        Column(f"FID ({x}) best", f"{fid}_best", over_steps(fid, min), ".2f"),
        Column(f"FID ({x}) median", f"{fid}_median", over_steps(fid, median), ".2f"),
        Column(f"KID ({x}) last", f"{kid}_last", last(kid), ".4f", kid),
        *COST,
    ]


def further_columns(outcomes: Sequence[Outcome]) -> list[Column]:
    """Returns the columns of the second table: all else measured of the last step."""
    x = extractor(outcomes)
    forms = {
        "precision": ".3f", "recall": ".3f", "density": ".3f", "coverage": ".3f",
        "score": ".2f", "class_kl": ".4f", "path_length": ".1f",
    }  # fmt: skip
    named = {f"{key}_{x}": (key, form) for key, form in forms.items()}
    named["ms_ssim"] = ("MS-SSIM", ".3f")
    measured = {
        key
        for outcome in outcomes
        for metrics in outcome.series.steps.values()
        for key in metrics.numbers
    }
    return [
        Column(head(key, x, name), f"{key}_last", last(key), form, key)
        for key, (name, form) in named.items()
        if key in measured
    ]


def head(key: str, x: str, name: str) -> str:
    """Returns a number's name with its extractor, where it has one."""
    plain = name.replace("_", " ").replace("kl", "KL")
    return f"{plain} ({x})" if key.endswith(x) else plain


def extractor(outcomes: Sequence[Outcome]) -> str:
    """Returns the name of what made the features of all these runs."""
    return outcomes[0].series.provenance.extractor


COST = [
    Column("images", "images", lambda o: o.images, ",.0f"),
    Column("minutes", "minutes", lambda o: o.seconds / 60, ".1f"),
    Column("parameters", "parameters", lambda o: sum(o.parameters.values()), ",.0f"),
]
MARKS = {"collapse": "collapsed", "not finite": "not finite"}


class Row(NamedTuple):
    """One entry: its cells by the columns' keys, and how many of its runs did what."""

    name: str
    cells: Mapping[str, Cell | None]
    runs: int
    ended: int
    marked: Mapping[str, int]  # by kind of mark


class Comparison(NamedTuple):
    """Runs whose numbers are of equal provenance, in two tables of the same rows."""

    columns: Sequence[Column]
    further: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str]


def groups(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Returns the runs in groups of equal provenance, in their order."""
    by_place = {k: outcome.series.provenance for k, outcome in enumerate(outcomes)}
    return [[outcomes[k] for k in group] for group in provenance.groups(by_place)]


def compare(
    outcomes: Sequence[Outcome], planned: Mapping[str, int] | None = None
) -> list[Comparison]:
    """Returns tables for each group of runs that can be compared, in their order.

    `planned` says how many runs of each entry there should be.
    """
    grouped = groups(outcomes)
    comparisons: list[Comparison] = []
    for members in grouped:
        notes = [describe(members[0].series)]
        if comparisons:
            first, own = (g[0].series.provenance for g in (grouped[0], members))
            unlike = "; ".join(first.differences(own))
            notes.append(f"not to be compared with the first table: {unlike}")
        comparisons.append(tabulate(members, notes, planned or {}))
    return comparisons


def tabulate(
    members: Sequence[Outcome], notes: Sequence[str], planned: Mapping[str, int]
) -> Comparison:
    """Returns the rows of runs of equal provenance, and one of other real images."""
    first, second = columns(members), further_columns(members)
    every = [*first, *second]
    rows = []
    for entry in dict.fromkeys(outcome.entry for outcome in members):
        own = [outcome for outcome in members if outcome.entry == entry]
        cells = {c.key: cell([c.of(outcome) for outcome in own]) for c in every}
        marked = {kind: sum(o.has_mark(kind) for o in own) for kind in MARKS}
        ended = sum(outcome.step == outcome.steps for outcome in own)
        rows.append(Row(entry, cells, planned.get(entry, len(own)), ended, marked))

    floor = members[0].series.floor
    real = {c.key: cell([results.number(floor, c.floor)]) for c in every}
    return Comparison(first, second, [*rows, Row(REAL_ROW, real, 0, 0, {})], notes)


def describe(series: results.MetricSeries) -> str:
    """Says in a sentence what the numbers of a table are made of."""
    p = series.provenance
    return (
        f"{p.samples:,} samples ({p.weights} weights, {p.batch_norm}) against "
        f"{p.real_images:,} real images of {p.dataset} ({p.split}); features: "
        f"{series.extractor}; row {REAL_ROW!r}: as many others ({p.floor_split})"
    )
