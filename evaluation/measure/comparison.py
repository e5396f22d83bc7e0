"""Runs in a table: last, best and median checkpoint, mean and spread over seeds.

Rows keep the order in which models were named: none is sorted to the top.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evaluation.measure import provenance, results, table_columns
from evaluation.measure.table_columns import Column

REAL_ROW = "real images"
MARKS = {"collapse": "collapsed", "not finite": "not finite"}


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

    @property
    def ended(self) -> bool:
        """Whether it has reached the step that it should."""
        return self.step == self.steps

    @property
    def at_newest(self) -> Outcome:
        """The run as if it should end at the newest step that has numbers."""
        measured = [s for s, m in self.series.steps.items() if m.numbers]
        return self._replace(steps=max(measured))

    @property
    def has_numbers(self) -> bool:
        """Whether a checkpoint of it has any."""
        return any(metrics.numbers for metrics in self.series.steps.values())

    def has_mark(self, kind: str) -> bool:
        """Returns whether something happened to it."""
        return any(mark["mark"] == kind for mark in self.marks)


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
        return f"{self.mean:z{form}}{spread}{of}"


def cell(values: Sequence[float | None]) -> Cell | None:
    """Returns the mean of the values that are there; None without any."""
    numbers = [value for value in values if value is not None]
    if not numbers:
        return None
    spread = statistics.stdev(numbers) if len(numbers) > 1 else None
    return Cell(statistics.fmean(numbers), spread, len(numbers))


class Row(NamedTuple):
    """One entry: its cells by the columns' keys, and how many of its runs did what.

    `so_far` has the numbers of the newest steps where no run has reached its end, which
    `progress` says in words. Elsewhere it is `cells`.
    """

    name: str
    cells: Mapping[str, Cell | None]
    runs: int
    ended: int
    marked: Mapping[str, int]  # by kind of mark
    so_far: Mapping[str, Cell | None]
    progress: str = ""


class Comparison(NamedTuple):
    """Runs whose numbers are of equal provenance, in tables of the same rows."""

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
    first = table_columns.first_columns(members)
    second = table_columns.further_columns(members)
    every = [*first, *second]
    rows = []
    for entry in dict.fromkeys(outcome.entry for outcome in members):
        own = [outcome for outcome in members if outcome.entry == entry]
        rows.append(row_of(entry, own, every, planned.get(entry, len(own))))

    floor = members[0].series.floor
    real = {c.key: cell([results.number(floor, c.floor)]) for c in every}
    rows.append(Row(REAL_ROW, real, 0, 0, {}, real))
    return Comparison(first, second, rows, notes)


def row_of(
    entry: str, own: Sequence[Outcome], columns: Sequence[Column], planned: int
) -> Row:
    """Returns the row of an entry's runs."""
    ended = sum(outcome.ended for outcome in own)
    cells = {c.key: cell([c.of(outcome) for outcome in own]) for c in columns}
    so_far, words = cells, ""
    newest = [outcome.at_newest for outcome in own if outcome.has_numbers]
    if newest and not any(outcome.steps in outcome.series.steps for outcome in own):
        so_far = {c.key: cell([c.of(outcome) for outcome in newest]) for c in columns}
        words = "so far, " * (not ended) + progress(newest, own[0].steps)
    marked = {kind: sum(o.has_mark(kind) for o in own) for kind in MARKS}
    return Row(entry, cells, planned, ended, marked, so_far, words)


def progress(newest: Sequence[Outcome], steps: int) -> str:
    """Says which steps the numbers of the newest checkpoints are of."""
    first, last = (choose(outcome.steps for outcome in newest) for choose in (min, max))
    several = f"steps {first:,} to {last:,}" if first < last else f"step {last:,}"
    return f"{several} of {steps:,}"


def describe(series: results.MetricSeries) -> str:
    """Says in a sentence what the numbers of a table are made of."""
    p = series.provenance
    return (
        f"{p.samples:,} samples ({p.weights} weights, {p.batch_norm}) against "
        f"{p.real_images:,} real images of {p.dataset} ({p.split}); features: "
        f"{series.extractor}; row {REAL_ROW!r}: as many others ({p.floor_split})"
    )
