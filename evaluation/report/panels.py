"""Parts of a report page, from runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evaluation.measure import comparison, table_columns
from evaluation.pictures import curves, scalar_words, webp
from evaluation.report import content
from training import config_changes


def pictures(paths: Sequence[Path], texts: Mapping[str, str]) -> list[content.Picture]:
    """Returns those of the files that have a text, by name; large ones as WebP.

    A GIF is left out where the same lies beside it as WebP.
    """
    chosen = [
        path
        for path in paths
        if path.suffix != ".gif" or path.with_suffix(".webp") not in paths
    ]
    return [
        content.Picture(
            texts[path.name], webp.light(path.read_bytes()), texts[path.name]
        )
        for path in chosen
        if path.name in texts
    ]


def metric_panels(outcomes: Sequence[comparison.Outcome]) -> list[content.Panel]:
    """Returns FID and KID by step: an entry's mean, in a band of all its seeds.

    Runs whose numbers are not to be compared have panels of their own.
    """
    groups = comparison.groups(outcomes)
    panels = []
    for number, group in enumerate(groups, start=1):
        x, of = table_columns.extractor(group), group_note(groups, number)
        for metric in ("fid", "kid"):
            bands = []
            for entry in dict.fromkeys(outcome.entry for outcome in group):
                own = [outcome for outcome in group if outcome.entry == entry]
                by_step = [o.series.by_step(f"{metric}_{x}") for o in own]
                bands.append(band(entry, by_step))
            title = f"{metric.upper()} ({x}){of}"
            panels.append(content.Panel(title, bands, marks(group)))
    return panels


def named_as_its_title(panel: content.Panel) -> content.Panel:
    """Returns a panel whose curve needs no legend, for there is but one run."""
    return panel._replace(
        curves=[curve._replace(label=panel.title) for curve in panel.curves]
    )


def group_note(groups: Sequence[Sequence[comparison.Outcome]], number: int) -> str:
    """Returns what a title says of one of several groups, counted from 1."""
    if len(groups) == 1:
        return ""
    samples = groups[number - 1][0].series.provenance.samples
    return f", group {number}: {samples:,} samples"


def scalar_panels(
    logs: Mapping[str, Mapping[str, Sequence[dict]]],
    names: Sequence[str],
    marks: Sequence[content.Mark] = (),
) -> list[content.Panel]:
    """Returns logged numbers by step.

    Args:
        logs: of each entry its runs' lines of metrics.jsonl, by the runs' names.
        names: of the numbers; one that no run has gets no panel.
        marks: what befell the runs.
    """
    panels = []
    for name in names:
        bands = []
        for entry, own in logs.items():
            values = [by_step(lines, name) for lines in own.values()]
            if any(values):
                bands.append(band(entry, values))
        if bands:
            words = scalar_words.words_of(name)
            panels.append(content.Panel(words.title, bands, marks, words.is_share))
    return panels


def by_step(lines: Sequence[dict], name: str) -> dict[int, float]:
    """Returns a number by step from lines of metrics.jsonl."""
    return {x["step"]: x[name] for x in lines if curves.is_number(x.get(name))}


def band(label: str, by_run: Sequence[Mapping[int, float]]) -> content.Curve:
    """Returns the mean, lowest and highest of runs at the steps that any of them has.

    A run that has ended by then (its numbers were finite no more) is not in the mean.
    """
    steps = sorted({step for run in by_run for step in run})
    values = [[run[step] for run in by_run if step in run] for step in steps]
    means = [float(np.mean(v)) for v in values]
    return content.Curve(
        label, steps, means, list(map(min, values)), list(map(max, values))
    )


def marks(outcomes: Sequence[comparison.Outcome]) -> list[content.Mark]:
    """Returns what befell the runs, once for each."""
    by_run = {outcome.name: outcome for outcome in outcomes}
    return [
        content.Mark(
            mark.get("since", mark["step"]),
            f"{name}: {mark['mark']}: {mark['cause']}",
        )
        for name, outcome in by_run.items()
        for mark in outcome.marks
    ]


def certificates(
    outcomes: Sequence[comparison.Outcome],
) -> list[tuple[str, Mapping[str, object]]]:
    """Returns each provenance once, with the entries whose numbers have it."""
    titled: list[tuple[str, Mapping[str, object]]] = []
    groups = comparison.groups(outcomes)
    for number, group in enumerate(groups, start=1):
        entries = ", ".join(dict.fromkeys(outcome.entry for outcome in group))
        entries += group_note(groups, number)
        series = group[0].series
        floor = {f"floor: {key}": value for key, value in series.floor.items()}
        titled.append(
            (entries, config_changes.flat(series.provenance.to_json()) | floor)
        )
    return titled
