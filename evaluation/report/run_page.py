"""The report of named runs: index.html."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from common import files
from evaluation import run_pictures, studies
from evaluation.eval_options import EvalOptions
from evaluation.measure import comparison, run_metrics
from evaluation.memorisation import neighbours
from evaluation.pictures import curves, grids, webp
from evaluation.report import commands, content, page, panels, tables, timelines
from training import checkpoints, runs

WALK_TEXTS = {
    "latent.png": "walks from one latent to another",
    "latent.gif": "a loop through latents",
    "latent.webp": "a loop through latents",
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
    return content.Page(
        title=study.name,
        lines=[about(run) for run in group],
        tables=tables.titled(comparison.compare(metrics.every), study.name),
        panels=curve_panels(logs, metrics.every),
        labels=curves.labels(logs),
        tracks=timeline(study, paths),
        walks=walks(paths, [run.name for run in group]),
        neighbours=current_neighbours(group, study.directory),
        certificates=panels.certificates(metrics.every),
        commands=[line for run in group for line in commands.of_run(run, options)],
    )


def curve_panels(
    logs: Mapping[str, Sequence[dict]], outcomes: Sequence[comparison.Outcome]
) -> list[content.Panel]:
    """Returns what was measured and logged of runs, all with the runs' marks."""
    measured = panels.metric_panels(outcomes)
    if len(logs) == 1:
        measured = [panels.named_as_its_title(panel) for panel in measured]
    marks = [mark for name in logs for mark in curves.marks_of(name, logs)]
    return [p._replace(marks=marks) for p in (*measured, *curves.panels(logs))]


def timeline(study: studies.Study, paths: Sequence[Path]) -> list[content.Track]:
    """Returns the pictures of all checkpoints that are there, drawn now or before.

    Each run has a track. Pictures of other sizes, which were drawn with another
    --sample_size, are tracks of their own.
    """
    by_size: dict[tuple[int, int], dict[int, bytes]] = {}
    for step, path in current_samples(study, paths).items():
        with Image.open(path) as picture:
            size = picture.size
        by_size.setdefault(size, {})[step] = path.read_bytes()

    alt = f"samples of {study.name}, of the same latents at every step"
    tracks = [
        content.Track(study.name, list(frames), list(frames.values()), alt, study.name)
        for frames in by_size.values()
    ]
    names = [member.run.name for member in study.members]
    return [
        own
        for track in timelines.thinned(tracks)
        for own in timelines.by_run(track, names)
    ]


def walks(paths: Sequence[Path], names: Sequence[str]) -> list[content.Picture]:
    """Returns what was drawn of the last checkpoints; sheets of each run by itself."""
    pictures = []
    for picture in panels.pictures(paths, WALK_TEXTS):
        parts = None
        if len(names) > 1 and not timelines.is_animated(picture.data):
            parts = timelines.split(timelines.decoded(picture.data), len(names))
        for name, part in zip(names, parts or [], strict=False):
            title = f"{name}: {picture.title}"
            data = webp.light(grids.png(part))
            pictures.append(content.Picture(title, data, title))
        if not parts:
            pictures.append(picture)
    return pictures


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
    """Says what a run is, and how far it has come."""
    c = run.config
    reached = max(run.checkpoints(), default=0)
    so_far = "" if reached >= c["steps"] else f" So far it is at step {reached:,}."
    return (
        f"{run.name}: {c['model']} on {c['dataset']['name']} "
        f"({c['image_shape'][0]} px), {c['steps']:,} steps of {c['batch_size']} "
        f"images, seed {c['seed']}.{so_far}"
    )
