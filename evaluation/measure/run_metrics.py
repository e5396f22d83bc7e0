"""Measures the checkpoints of runs, against the data that they were trained on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import logging

from common.errors import UserError
from datasets.info import Info
from datasets.pipeline import shard_check
from evaluation import snapshots, studies, training_data
from evaluation.measure import comparison, measurement, plans, results
from evaluation.measure.provenance import Provenance


class Recorder:
    """Measures checkpoints of one run, and keeps the numbers in metrics.json.

    Those measured before are taken over where provenance and content of the checkpoint
    are the same. `series` has all, also of steps that are not wanted now.
    """

    def __init__(
        self,
        snapshot: snapshots.Snapshot,
        measurer: measurement.Measurer,
        file: results.MetricsFile,
        steps: Sequence[int],
    ):
        self.run, self.measurer, self.file = snapshot.run, measurer, file
        self.sampler = measurement.Sampler(snapshot.model)
        self.series = self.measured_before(measurer.provenance(snapshot.model))
        digests = {step: results.digest(self.run, step) for step in steps}
        self.due = {
            step: content
            for step, content in digests.items()
            if content is not None and step not in self.series.steps
        }

    def measured_before(self, provenance: Provenance) -> results.MetricSeries:
        """Returns the run's series of a provenance, as far as there is one."""
        for series in self.file.series(self.run):
            if series.provenance == provenance:
                return series
        extractor = self.measurer.extractor.description
        return results.MetricSeries(provenance, extractor, self.measurer.floor, {})

    def measure(self, step: int) -> None:
        """Measures the model, which holds the checkpoint of a step, where that is due.

        The file is written after each checkpoint. One whose images are not finite has
        no numbers.
        """
        if step not in self.due:
            return
        numbers: results.Numbers = {}
        try:
            numbers = self.measurer.numbers(self.sampler)
        except measurement.NotFiniteImagesError as error:
            logging.warning("run %s at step %d: %s", self.run.name, step, error)
        metrics = results.CheckpointMetrics(self.due.pop(step), numbers)
        self.series = self.series.with_step(step, metrics)
        self.save()

    def save(self) -> None:
        """Writes the file, in which this series is the run's first."""
        self.file.put(self.run, self.series)


class StudyMetrics:
    """The metrics of a study's runs: what measures them, and what came out.

    `outcomes` have the series that are asked for now, `earlier` those that were
    measured before with other flags.
    """

    def __init__(self, study: studies.Study, data_dir: Path):
        self.study, self.data_dir = study, data_dir
        self.file = results.MetricsFile(study.directory)
        self.measurers: dict[str, measurement.Measurer] = {}  # by dataset
        self.outcomes: list[comparison.Outcome] = []
        self.earlier: list[comparison.Outcome] = []

    @property
    def every(self) -> list[comparison.Outcome]:
        """All that there is, what was asked for first."""
        return self.outcomes + self.earlier

    def recorder(
        self, member: studies.StudyRun, snapshot: snapshots.Snapshot
    ) -> Recorder | None:
        """Returns what measures a run; None where it cannot be and nobody asked.

        Raises:
            UserError: it cannot be, and was asked for; or its data are damaged.
        """
        try:
            measurer = self.measurer(dataset(snapshot, self.data_dir))
        except UserError as error:
            damaged = isinstance(error, shard_check.DamagedShardError)
            if self.study.needs_metrics or damaged:
                raise
            logging.warning("metrics are left out: %s", error)
            return None
        return Recorder(snapshot, measurer, self.file, member.measured)

    def measurer(self, info: Info) -> measurement.Measurer:
        """Returns what measures against a dataset.

        Raises:
            UserError: its images are few, or the extractor is not the protocol's.
        """
        if info.fingerprint not in self.measurers:
            new = measurer(info, self.study.metric_flags, self.data_dir)
            plan = new.plan
            print(
                f"measures {plan.samples:,} samples of each against as many images of "
                f"{info.dataset}, by features of {plan.extractor}",
                file=sys.stderr,
            )
            self.check(new)
            self.measurers[info.fingerprint] = new
        return self.measurers[info.fingerprint]

    def check(self, measurer: measurement.Measurer) -> None:
        """Raises a UserError where a protocol measures by another extractor."""
        if self.study.protocol is None:
            return
        expected = self.study.protocol.evaluation["extractor_hash"]
        if measurer.extractor.digest != expected:
            raise UserError(
                f"the protocol measures by {measurer.plan.extractor} {expected[:12]}, "
                f"and here it is {measurer.extractor.digest[:12]}: bring back the one "
                "it began with, or start the study over with --renew"
            )

    def add(
        self,
        member: studies.StudyRun,
        snapshot: snapshots.Snapshot,
        recorder: Recorder | None,
    ) -> None:
        """Takes up what was measured of a run, now and before."""
        if recorder:
            recorder.save()
            self.outcomes.append(outcome(member, snapshot, recorder.series))
        for series in self.file.series(snapshot.run):
            if recorder is None or series.provenance != recorder.series.provenance:
                self.earlier.append(outcome(member, snapshot, series))


def measurer(
    info: Info, flags: plans.MetricFlags, data_dir: Path
) -> measurement.Measurer:
    """Returns what measures against a dataset as flags of eval.py or train.py say."""
    plan = plans.resolve(info, flags)
    return measurement.Measurer(info, plan, data_dir, flags.inception)


def dataset(snapshot: snapshots.Snapshot, data_dir: Path) -> Info:
    """Returns the data that a run is measured against.

    Raises:
        UserError: it makes no images from noise, or its data are missing.
    """
    if snapshot.kind != "images":
        raise UserError(
            f"run {snapshot.run.name!r} makes {snapshot.kind}, not images from noise"
        )
    return training_data.needed(snapshot.run, data_dir)


def outcome(
    member: studies.StudyRun,
    snapshot: snapshots.Snapshot,
    series: results.MetricSeries,
) -> comparison.Outcome:
    """Returns what came of a run, with one series of its metrics."""
    run, model = member.run, snapshot.model
    lines, reached = run.metrics(), max(run.checkpoints(), default=0)
    return comparison.Outcome(
        entry=member.entry,
        seed=member.seed,
        series=series,
        marks=run.marks(),
        step=reached,
        steps=member.steps,
        images=model.batches_before(reached) * run.config["batch_size"],
        seconds=lines[-1]["time"] if lines else 0.0,
        parameters=model.parameters,
    )
