"""Evaluates a study in one pass: each checkpoint is loaded once, measured and drawn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from absl import logging

from common.progress import Progress
from evaluation import (
    batch_statistics,
    run_pictures,
    snapshots,
    studies,
    study_pictures,
)
from evaluation.eval_options import EvalOptions
from evaluation.measure import run_metrics
from evaluation.report import content, run_page, study_page

Recorders = Sequence[run_metrics.Recorder | None]


class Gallery(Protocol):
    """What draws the runs of a study."""

    def begin(
        self,
        members: Sequence[studies.StudyRun],
        group: Sequence[snapshots.Snapshot],
    ) -> None:
        """Prepares to draw runs side by side."""

    def draw(self, step: int) -> None:
        """Draws the checkpoints that are loaded, each run's newest until a step."""

    def finish(self) -> None:
        """Draws what is of the last checkpoints alone."""


def evaluate(
    study: studies.Study, options: EvalOptions
) -> tuple[list[Path], list[content.Table]]:
    """Draws and measures a study; returns the files, and tables of what was asked.

    What was measured before is taken over, so a killed evaluation goes on.

    Raises:
        UserError: runs cannot be drawn side by side, or what is asked for cannot be
            measured.
    """
    announce(study)
    metrics = run_metrics.StudyMetrics(study, options.data_dir)
    if study.protocol:
        pictures = study_pictures.StudyGallery(study.protocol.sample_seed)
        visit_all(study, metrics, pictures, options.ema)
        return study_page.write(study, study.protocol, pictures, metrics, options)

    drawn = run_pictures.RunGallery(study.directory, options)
    visit_all(study, metrics, drawn, options.ema)
    return run_page.write(study, drawn.paths, metrics, options)


def announce(study: studies.Study) -> None:
    """Says which checkpoints are drawn and measured, and where the results go."""
    drawn = sum(len(lineup.moments) for lineup in study.lineups)
    measured = sum(len(member.measured) for member in study.members)
    runs = f", {len(study.members)} runs" if len(study.members) > 1 else ""
    print(
        f"{study.name}{runs}: draws {drawn:,} checkpoints and measures {measured:,}, "
        f"into {study.directory}",
        file=sys.stderr,
    )


def visit_all(
    study: studies.Study,
    metrics: run_metrics.StudyMetrics,
    gallery: Gallery,
    ema: bool,
) -> None:
    """Measures and draws all runs of a study, a lineup at a time."""
    several = len(study.lineups) > 1
    for lineup in Progress(study.lineups, "runs measured", disable=not several):
        group = lineup.build(ema, study.statistics)
        pairs = list(zip(lineup.members, group, strict=True))
        recorders = [metrics.recorder(member, snapshot) for member, snapshot in pairs]
        visit(lineup, group, recorders, gallery)
        for (member, snapshot), recorder in zip(pairs, recorders, strict=True):
            metrics.add(member, snapshot, recorder)


def visit(
    lineup: studies.Lineup,
    group: Sequence[snapshots.Snapshot],
    recorders: Recorders,
    gallery: Gallery,
) -> None:
    """Loads a lineup's checkpoints moment by moment, measures and draws them.

    Of a moment with a checkpoint that was removed meanwhile there is no picture.
    """
    gallery.begin(lineup.members, group)
    moments = Progress(
        lineup.moments.items(), "checkpoints drawn and measured", leave=None
    )
    for step, saved in moments:
        each = zip(group, saved, recorders, strict=True)
        loaded = [load(*one) for one in each]
        if all(loaded):
            gallery.draw(step)
        else:
            logging.info("step %d is skipped: its checkpoint was removed", step)
    for snapshot in group:
        warn_of_lag(snapshot)
    gallery.finish()


def warn_of_lag(snapshot: snapshots.Snapshot) -> None:
    """Warns where batch statistics visibly draw other pictures than moving averages."""
    model = snapshot.model
    if snapshot.kind != "images" or snapshot.statistics or snapshot.step < 0:
        return
    if model.sampling != "moving" or not batch_statistics.layers(model):
        return
    lag = batch_statistics.lag(model, model.probe(snapshots.DRAWING_BATCH))
    if lag > batch_statistics.VISIBLE:
        logging.warning(
            "run %s at step %d: the moving averages of its batch norm lag, batch "
            "statistics shift the mean picture by %.0f %% of the range; see it with "
            "--statistics standing",
            snapshot.run.name, snapshot.step, 100 * lag,
        )  # fmt: skip


def load(
    snapshot: snapshots.Snapshot, step: int, recorder: run_metrics.Recorder | None
) -> bool:
    """Loads and measures one checkpoint; returns whether it is there."""
    try:
        snapshot.show(step)
    except FileNotFoundError:
        return False
    if recorder:
        recorder.measure(step)
    return True
