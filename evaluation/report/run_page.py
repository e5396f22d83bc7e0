"""The numbers of single runs, and their report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from common import files
from evaluation.eval_options import EvalOptions
from evaluation.measure import comparison
from evaluation.memorisation import neighbours
from evaluation.pictures import curves
from evaluation.report import commands, content, page, panels, tables
from training import runs

DRAWN = {
    "latent.png": "walks from one latent to another",
    "latent.gif": "a loop through latents",
    "reconstructions.png": "reconstructions",
}


def report(
    opened: Sequence[runs.Run],
    paths: Sequence[Path],
    directory: Path,
    found: Sequence[comparison.Outcome],
    options: EvalOptions,
) -> tuple[Path, list[content.Table]]:
    """Writes index.html of what was just drawn and measured; the tables on it."""
    names = "+".join(run.name for run in opened)
    compared = comparison.compare(found) if found else []
    shown = tables.titled(compared, names)
    lines = {run.name: {run.name: run.metrics()} for run in opened}
    scalars = dict.fromkeys(
        name
        for own in lines.values()
        for name in curves.scalars(next(iter(own.values())))
    )
    drawn = panels.finished(paths, names)
    written = content.Page(
        names,
        [about(run) for run in opened],
        shown,
        panels.metric_panels(found)
        + panels.scalar_panels(lines, list(scalars), panels.marks(found)),
        [drawn] if drawn else [],
        panels.pictures(paths, DRAWN),
        near(opened, directory),
        certified(found),
        [command for run in opened for command in commands.of_run(run, options)],
    )
    return files.write(directory / "index.html", page.html(written)), shown


def near(opened: Sequence[runs.Run], directory: Path) -> list[content.Picture]:
    """The neighbours that were drawn since the run was trained last, if any."""
    path = directory / neighbours.PICTURE
    since = max(runs.activity(run.config_file) for run in opened)
    if not path.is_file() or path.stat().st_mtime < since:
        return []
    step = json.loads((directory / neighbours.NEIGHBOURS_FILE).read_text())["step"]
    text = f"training images nearest to samples of step {step:,}"
    return panels.pictures([path], {neighbours.PICTURE: text})


def about(run: runs.Run) -> str:
    """What a run is, in words."""
    c = run.config
    return (
        f"{run.name}: {c['model']} on {c['dataset']['name']} "
        f"({c['image_shape'][0]} px), {c['steps']:,} steps of {c['batch_size']} "
        f"images, seed {c['seed']}."
    )


def certified(
    found: Sequence[comparison.Outcome],
) -> list[tuple[str, Mapping[str, object]]]:
    """The certificates, each once, with the runs whose numbers have it."""
    groups = comparison.groups(found)
    listed: list[tuple[str, Mapping[str, object]]] = []
    for group in groups:
        names = ", ".join(dict.fromkeys(o.entry for o in group))
        series = group[0].series
        floor = {f"floor: {key}": value for key, value in series.floor.items()}
        listed.append((names, runs.flat(series.provenance.to_json()) | floor))
    return listed
