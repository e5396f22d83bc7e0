"""Runs in a table: last, best and median checkpoint, mean and spread over seeds.

Rows keep the order in which models were named: none is sorted to the top.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from evaluation.measure import provenance, results

REAL = "real images"


class Outcome(NamedTuple):
    """What came of one run."""

    entry: str  # what seeds are grouped by: a model, a recipe or a run
    seed: int
    measured: results.Measured
    marks: Sequence[Mapping[str, Any]]  # lines of metrics.jsonl
    step: int  # reached
    steps: int  # wanted
    images: int  # real images seen
    seconds: float  # trained
    parameters: Mapping[str, int]  # by network

    @property
    def name(self) -> str:
        """Of its numbers in metrics.json."""
        return f"{self.entry} seed {self.seed}"

    def has_mark(self, kind: str) -> bool:
        """Whether something happened to it."""
        return any(mark["mark"] == kind for mark in self.marks)


class Column(NamedTuple):
    """A number of each run under a head; None where a run has none."""

    head: str
    key: str  # in the CSV
    of: Callable[[Outcome], float | None]
    form: str  # of the mean and its spread
    floor: str = ""  # which number of real images stands in their row


class Cell(NamedTuple):
    """Over the seeds of an entry; the spread is the sample standard deviation."""

    mean: float
    spread: float | None  # None of a single number
    runs: int

    def text(self, form: str, runs: int) -> str:
        """As a reader sees it; equal numbers have no spread.

        Of `runs` that are in the row, fewer may have the number: that is said.
        """
        spread = f" ± {self.spread:{form}}" if self.spread else ""
        of = f" ({self.runs} of {runs})" if self.runs < runs else ""
        return f"{self.mean:{form}}{spread}{of}"


def cell(values: Sequence[float | None]) -> Cell | None:
    """The mean of those that there are; None without any."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    spread = statistics.stdev(there) if len(there) > 1 else None
    return Cell(statistics.fmean(there), spread, len(there))


def last(name: str) -> Callable[[Outcome], float | None]:
    """The number of the last step that was wanted; None of a run that is not there."""

    def of(outcome: Outcome) -> float | None:
        return results.by_step(outcome.measured, name).get(outcome.steps)

    return of


def over_steps(
    name: str, choose: Callable[[Sequence[float]], float]
) -> Callable[[Outcome], float | None]:
    """The best or median number over all checkpoints measured."""

    def of(outcome: Outcome) -> float | None:
        values = list(results.by_step(outcome.measured, name).values())
        return choose(values) if values else None

    return of


def columns(found: Sequence[Outcome]) -> list[Column]:
    """The columns of the first table; those of an extractor carry its name."""
    x = extractor(found)
    fid, kid, median = f"fid_{x}", f"kid_{x}", statistics.median
    return [
        Column(f"FID ({x}) last", f"{fid}_last", last(fid), ".2f", fid),
        Column(f"FID ({x}) best", f"{fid}_best", over_steps(fid, min), ".2f"),
        Column(f"FID ({x}) median", f"{fid}_median", over_steps(fid, median), ".2f"),
        Column(f"KID ({x}) last", f"{kid}_last", last(kid), ".4f", kid),
        *COUNTED,
    ]


def further(found: Sequence[Outcome]) -> list[Column]:
    """The columns of the second table: what else was measured, of the last step."""
    x = extractor(found)
    named = {
        "precision": ".3f", "recall": ".3f", "density": ".3f", "coverage": ".3f",
        "score": ".2f", "class_kl": ".4f", "path_length": ".1f",
    }  # fmt: skip
    known = {f"{key}_{x}": (key, form) for key, form in named.items()}
    known["ms_ssim"] = ("MS-SSIM", ".3f")
    present = {key for o in found for n in o.measured["steps"].values() for key in n}
    return [
        Column(head(key, x, name), f"{key}_last", last(key), form, key)
        for key, (name, form) in known.items()
        if key in present
    ]


def head(key: str, x: str, name: str) -> str:
    """A number's name with its extractor, where it has one."""
    plain = name.replace("_", " ").replace("kl", "KL")
    return f"{plain} ({x})" if key.endswith(x) else plain


def extractor(found: Sequence[Outcome]) -> str:
    """The name of what made the features of all these runs."""
    return found[0].measured["certificate"]["extractor"]


COUNTED = [
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
    """Runs whose certificates are alike, in two tables with the same rows."""

    columns: Sequence[Column]
    further: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str]


def groups(found: Sequence[Outcome]) -> list[list[Outcome]]:
    """Runs whose certificates are alike, in their order."""
    by_place = {k: o.measured["certificate"] for k, o in enumerate(found)}
    return [[found[k] for k in group] for group in provenance.groups(by_place)]


def compare(
    found: Sequence[Outcome], planned: Mapping[str, int] | None = None
) -> list[Comparison]:
    """Tables for each group of runs that can be compared, in their order.

    `planned` says how many runs of each entry there should be.
    """
    grouped = groups(found)
    tables: list[Comparison] = []
    for members in grouped:
        notes = [describe(members[0])]
        if tables:
            first, own = (g[0].measured["certificate"] for g in (grouped[0], members))
            unlike = "; ".join(provenance.differing(first, own))
            notes.append(f"not to be compared with the first table: {unlike}")
        tables.append(tabulate(members, notes, planned or {}))
    return tables


def tabulate(
    members: Sequence[Outcome], notes: Sequence[str], planned: Mapping[str, int]
) -> Comparison:
    """The rows of runs with equal certificates, and one of other real images."""
    first, second = columns(members), further(members)
    chosen = [*first, *second]
    rows = []
    for entry in dict.fromkeys(outcome.entry for outcome in members):
        own = [outcome for outcome in members if outcome.entry == entry]
        cells = {c.key: cell([c.of(outcome) for outcome in own]) for c in chosen}
        marked = {kind: sum(o.has_mark(kind) for o in own) for kind in MARKS}
        ended = sum(outcome.step == outcome.steps for outcome in own)
        count = planned.get(entry, len(own))
        rows.append(Row(entry, cells, count, ended, marked))
    floor = members[0].measured["floor"]
    real = {
        c.key: Cell(floor[c.floor], None, 1) if c.floor in floor else None
        for c in chosen
    }
    return Comparison(first, second, [*rows, Row(REAL, real, 0, 0, {})], notes)


def describe(outcome: Outcome) -> str:
    """What the numbers of a table are made of, in a sentence."""
    c, measured = outcome.measured["certificate"], outcome.measured
    return (
        f"{c['samples']:,} samples ({c['weights']} weights, {c['batch_norm']}) against "
        f"{c['real_images']:,} real images of {c['dataset']} ({c['split']}); features: "
        f"{measured['extractor']}; row {REAL!r}: as many others ({c['floor_split']})"
    )
