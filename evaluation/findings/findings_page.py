"""The part of docs/findings.md that is made of expectations and kept numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from common.errors import UserError
from evaluation.findings import conclusions, readings
from evaluation.findings.expectations import (
    Campaign,
    Expectation,
    Experiment,
    Reading,
    Rule,
)
from evaluation.measure import comparison

BEGIN, END = "<!-- made by benchmarks/reproduce.py page -->", "<!-- end -->"
COMPARED = {"<": "below", ">": "above"}
HEADS = ("finding", "says", "number", "is", "should be", "verdict")
PICTURE_WIDTH = 200


def insert(page: str, text: str) -> str:
    """Returns a page with the text between its two marks.

    Raises:
        UserError: it does not have them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"the page lacks {BEGIN!r} or {END!r}: put both into it")
    return f"{before}{begin}\n\n{text}\n{end}{after}"


def written(campaigns: Iterable[Campaign], assets_dir: Path) -> str:
    """Returns the text: a summary, then a section for each experiment."""
    parts: list[str] = []
    counted: list[str] = []
    for campaign in campaigns:
        parts.append(f"### {campaign.title}\n")
        for experiment in campaign.experiments:
            study = readings.KeptStudy(assets_dir / experiment.study, campaign.unit)
            parts.append(section(experiment, study))
            counted += [conclusions.conclude(e, study) for e in experiment.expectations]
    return "\n".join([summary(counted), *parts])


def summary(verdicts: Sequence[str]) -> str:
    """Returns how many findings have which verdict, in a sentence."""
    kinds = (
        conclusions.HOLDS, conclusions.FAILS, conclusions.UNSEEN, conclusions.NOT_RUN
    )  # fmt: skip
    counts = [f"{verdicts.count(kind)} {kind}" for kind in kinds if kind in verdicts]
    return f"Of {len(verdicts)} findings: {', '.join(counts)}.\n"


def section(experiment: Experiment, study: readings.KeptStudy) -> str:
    """Returns the command, budget, certificates, table and pictures of a study."""
    lines = [f"#### {experiment.study}\n", "```", experiment.command]
    lines += [f"python eval.py --name {experiment.study}", "```\n"]
    lines.append(f"Budget: {experiment.budget}; about {experiment.minutes:g} minutes.")
    if experiment.original != experiment.command:
        lines.append(f"As published: `{experiment.original}`.")
    lines += [f"{sentence}." for sentence in (*lengths(study), *certificates(study))]

    lines += ["", table_row(HEADS), "|---" * len(HEADS) + "|"]
    for expectation in experiment.expectations:
        lines += map(table_row, rows(expectation, study))
    if study.protocol:
        lines += ["", pictures(experiment.study, study)]
    return "\n".join(lines) + "\n"


def lengths(study: readings.KeptStudy) -> list[str]:
    """Says how long the runs were; nothing of a study that was not run yet."""
    entries = study.protocol.entries if study.protocol else {}
    each = [f"{entry} {study.reached(entry):.3g} {study.unit}" for entry in entries]
    return [f"Trained: {', '.join(each)}"] if each else []


def certificates(study: readings.KeptStudy) -> list[str]:
    """Says how the numbers were measured; runs that were measured alike are together.

    The entries are named where there are several groups.
    """
    groups: dict[str, list[str]] = {}
    for run, series in study.series.items():
        sentence = comparison.describe(series)
        groups.setdefault(sentence, []).append(run)
    if len(groups) < 2:
        return list(groups)
    return [f"{', '.join(runs)}: {sentence}" for sentence, runs in groups.items()]


def rows(expectation: Expectation, study: readings.KeptStudy) -> list[list[str]]:
    """Returns the cells of a finding, a row for each of its rules."""
    verdict = conclusions.conclude(expectation, study)
    seeds = study.seeds(expectation.entries)
    finding = [expectation.claim, expectation.source, f"**{verdict}**"]

    written: list[list[str]] = []
    for rule in expectation.rules:
        claim, source, end = ["", "", ""] if written else finding
        left = f"`{rule.left.text}`"
        is_, bound = mean(rule.left, study, seeds), bound_of(rule, study, seeds)
        written.append([claim, source, left, is_, bound, end])
    return written


def bound_of(rule: Rule, study: readings.KeptStudy, seeds: Sequence[int]) -> str:
    """Returns the right side of a rule, with its number."""
    if rule.right is None:
        return f"{COMPARED[rule.sign]} {rule.factor:g}"
    factor = "" if rule.factor == 1 else f"{rule.factor:g} * "
    right = f"{COMPARED[rule.sign]} {factor}`{rule.right.text}`"
    return f"{right} = {mean(rule.right, study, seeds)}" if seeds else right


def mean(reading: Reading, study: readings.KeptStudy, seeds: Sequence[int]) -> str:
    """Returns a number as mean and spread over the seeds; nothing without any."""
    numbers = comparison.cell([study.value(reading, seed) for seed in seeds])
    if numbers is None:
        return "none" if seeds else ""
    return numbers.text(".4g", len(seeds))


def pictures(name: str, study: readings.KeptStudy) -> str:
    """Returns links to the first latents of each entry's first run."""
    entries = study.protocol.entries if study.protocol else {}
    kept = [e for e in entries if (study.directory / f"{e}.png").exists()]
    return "\n".join(
        f'<img src="../assets/{name}/{entry}.png" width="{PICTURE_WIDTH}" '
        f'alt="{entry}, the first latents of the first seed, last checkpoint">'
        for entry in kept
    )


def table_row(cells: Iterable[str]) -> str:
    """Returns a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"
