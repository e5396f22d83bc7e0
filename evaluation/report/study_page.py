"""The report of a study: index.html, its tables and its pictures."""

from __future__ import annotations

from pathlib import Path

from common import files
from evaluation import studies, training_data
from evaluation.eval_options import EvalOptions
from evaluation.measure import comparison, run_metrics
from evaluation.report import (
    commands,
    content,
    page,
    panels,
    study_files,
    tables,
    timelines,
)
from evaluation.study_pictures import StudyGallery
from training import config_changes
from training.study.protocol import Protocol


def write(
    study: studies.Study,
    protocol: Protocol,
    gallery: StudyGallery,
    metrics: run_metrics.StudyMetrics,
    options: EvalOptions,
) -> tuple[list[Path], list[content.Table]]:
    """Writes all files of a study; returns them, and what the protocol measures.

    The page also shows what was measured before with another provenance.
    """
    comparisons = comparison.compare(metrics.outcomes, study.planned)
    current = tables.titled(comparisons, study.name)
    texts = {
        "table.csv": tables.as_csv(comparisons),
        "table.md": "\n".join(map(tables.as_markdown, current)),
    }
    paths = [files.write(study.directory / name, t) for name, t in texts.items()]

    shown = content_of(study, protocol, gallery, metrics, options)
    paths += study_files.write(study.name, shown, study.directory)
    thin = shown._replace(tracks=timelines.thinned(shown.tracks))
    paths.append(files.write(study.directory / "index.html", page.html(thin)))
    return [metrics.file.path, *paths], current


def content_of(
    study: studies.Study,
    protocol: Protocol,
    gallery: StudyGallery,
    metrics: run_metrics.StudyMetrics,
    options: EvalOptions,
) -> content.Page:
    """Returns the page's parts."""
    logs: dict[str, dict[str, list]] = {}
    for member in study.members:
        logs.setdefault(member.entry, {})[member.run.name] = member.run.metrics()
    marks = panels.marks(metrics.every)
    info = training_data.needed(study.members[0].run, options.data_dir)
    every = comparison.compare(metrics.every, study.planned)
    return content.Page(
        title=f"Study {study.name}",
        lines=about(protocol, metrics),
        tables=tables.titled(every, study.name),
        panels=[
            *panels.metric_panels(metrics.every),
            *panels.scalar_panels(logs, ("diversity", "auc"), marks),
        ],
        labels=list(protocol.entries),
        tracks=gallery.tracks,
        walks=gallery.walks,
        neighbours=gallery.neighbours(info, options.data_dir),
        certificates=[
            ("Protocol", config_changes.flat(protocol.content)),
            *panels.certificates(metrics.every),
        ],
        commands=commands.of_study(protocol, options),
    )


def about(protocol: Protocol, metrics: run_metrics.StudyMetrics) -> list[str]:
    """Says what was done."""
    dataset = protocol.content["dataset"]
    jobs = protocol.content.get("watch", {}).get("jobs", 1)
    lines = [
        f"{len(protocol.entries)} entries under {len(protocol.seeds)} seeds on "
        f"{dataset['name']} ({dataset['count']:,} images of "
        f"{dataset['image_shape'][0]} px). The protocol {protocol.hash[:12]} was "
        "written before training.",
        "Samples are the first ones of latents whose seed follows from the protocol's "
        "hash; the same for all models with the same prior.",
        f"Minutes are of a training with {jobs} at a time on the machine.",
    ]
    ended = sum(outcome.step == outcome.steps for outcome in metrics.outcomes)
    planned = len(list(protocol.members()))
    if ended < planned:
        lines.append(f"{ended} of {planned} runs have reached their end.")
    return lines
