"""The report of named runs: index.html."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from common import files
from evaluation import run_pictures, studies
from evaluation.eval_options import EvalOptions
from evaluation.measure import comparison, run_metrics
from evaluation.memorisation import neighbours
from evaluation.pictures import curves
from evaluation.report import commands, content, page, panels, tables
from training import checkpoints, runs

WALK_TEXTS = {
    "latent.png": "walks from one latent to another",
    "latent.gif": "a loop through latents",
    "reconstructions.png": "reconstructions",
}


def write(
    study: studies.Study,
    paths: Sequence[Path],
    metrics: run_metrics.StudyMetrics,
    options: EvalOptions,
) -> tuple[list[Path], list[content.Table]]:
    """Writes index.html; returns all files, and tables of what was asked for.

    Args:
        study: the runs, all in one lineup.
        paths: the pictures that were drawn now.
        metrics: now and before; the page shows them all.
        options: eval.py's flags.
    """
    text = page.html(content_of(study, paths, metrics, options))
    index = files.write(study.directory / "index.html", text)
    numbers = [metrics.file.path] if metrics.outcomes else []
    current = tables.titled(comparison.compare(metrics.outcomes), study.name)
    return [*paths, *numbers, index], current


def content_of(
    study: studies.Study,
    paths: Sequence[Path],
    metrics: run_metrics.StudyMetrics,
    options: EvalOptions,
) -> content.Page:
    """Returns the page's parts."""
    group = [member.run for member in study.members]
    logs = {run.name: run.metrics() for run in group}
    scalars = dict.fromkeys(x for lines in logs.values() for x in curves.scalars(lines))
    by_entry = {name: {name: lines} for name, lines in logs.items()}
    marks = panels.marks(metrics.every)
    return content.Page(
        title=study.name,
        lines=[about(run) for run in group],
        tables=tables.titled(comparison.compare(metrics.every), study.name),
        panels=[
            *panels.metric_panels(metrics.every),
            *panels.scalar_panels(by_entry, list(scalars), marks),
        ],
        tracks=timeline(study, paths),
        walks=panels.pictures(paths, WALK_TEXTS),
        neighbours=current_neighbours(group, study.directory),
        certificates=panels.certificates(metrics.every),
        commands=[line for run in group for line in commands.of_run(run, options)],
    )


def timeline(study: studies.Study, paths: Sequence[Path]) -> list[content.Track]:
    """Returns the pictures of all checkpoints that are there, drawn now or before.

    Those of other sizes, which were drawn with another --sample_size, are a track of
    their own.
    """
    by_size: dict[tuple[int, int], dict[int, bytes]] = {}
    for step, path in current_samples(study, paths).items():
        with Image.open(path) as picture:
            size = picture.size
        by_size.setdefault(size, {})[step] = path.read_bytes()

    alt = f"samples of {study.name}, of the same latents at every step"
    tracks = [
        content.Track(study.name, list(frames), list(frames.values()), alt)
        for frames in by_size.values()
    ]
    return panels.thinned(tracks)


def current_samples(study: studies.Study, paths: Sequence[Path]) -> dict[int, Path]:
    """Returns the pictures samples/<step>.png of checkpoints as they are now, by step.

    One that was not drawn now has to be newer than its checkpoints: or else it may be
    of a run that was started over.
    """
    (lineup,) = study.lineups
    group = [member.run for member in lineup.members]
    folder = study.directory / run_pictures.SAMPLES_FOLDER
    current = {}
    for step, saved in studies.moments(group).items():
        path = folder / f"{step}.png"
        if path in paths or is_newer(path, group, saved):
            current[step] = path
    return current


def is_newer(path: Path, group: Sequence[runs.Run], saved: Sequence[int]) -> bool:
    """Returns whether a file is there, and newer than a checkpoint of each run."""
    try:
        since = path.stat().st_mtime
        return all(
            checkpoints.path(run.checkpoint_directory, step).stat().st_mtime <= since
            for run, step in zip(group, saved, strict=True)
        )
    except FileNotFoundError:
        return False


def current_neighbours(
    group: Sequence[runs.Run], directory: Path
) -> list[content.Picture]:
    """Returns the neighbours that were drawn since the run was trained last, if any."""
    path = directory / neighbours.PICTURE
    since = max(runs.activity(run.config_file) for run in group)
    if not path.is_file() or path.stat().st_mtime < since:
        return []
    step = json.loads((directory / neighbours.NEIGHBOURS_FILE).read_text())["step"]
    text = f"training images nearest to samples of step {step:,}"
    return panels.pictures([path], {neighbours.PICTURE: text})


def about(run: runs.Run) -> str:
    """Says what a run is."""
    c = run.config
    return (
        f"{run.name}: {c['model']} on {c['dataset']['name']} "
        f"({c['image_shape'][0]} px), {c['steps']:,} steps of {c['batch_size']} "
        f"images, seed {c['seed']}."
    )
