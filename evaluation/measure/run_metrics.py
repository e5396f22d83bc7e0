"""Measures the checkpoints of a run, against the data that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from absl import logging

from common.errors import UserError
from datasets.info import Info
from evaluation import snapshots, step_selection, training_data
from evaluation.eval_options import EvalOptions
from evaluation.measure import comparison, measurement, plans, results
from models.base.generative import GenerativeModel
from training import runs

MOST_MEASURED = 10  # checkpoints of a run


class Recorder:
    """Measures one run's checkpoints, and keeps the numbers in metrics.json.

    Those measured before are taken over where provenance and content of the checkpoint
    are the same. `series` has all, also of steps that are not wanted now.
    """

    def __init__(
        self,
        run: runs.Run,
        model: GenerativeModel,
        measurer: measurement.Measurer,
        file: results.MetricsFile,
        steps: Sequence[int],
    ):
        self.run, self.measurer, self.file = run, measurer, file
        self.sampler = measurement.Sampler(model)
        self.series = self.before(measurer.provenance(model))
        digests = {step: results.digest(run, step) for step in steps}
        self.due = {
            step: content
            for step, content in digests.items()
            if content is not None and step not in self.series.steps
        }

    def before(self, provenance: results.Provenance) -> results.MetricSeries:
        """Returns the series of a provenance as far as it was measured before."""
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
        except measurement.NotFiniteError as error:
            logging.warning("run %s at step %d: %s", self.run.name, step, error)
        metrics = results.CheckpointMetrics(self.due.pop(step), numbers)
        self.series = self.series.with_step(step, metrics)
        self.save()

    def save(self) -> None:
        """Writes the file, in which this series is the run's first."""
        self.file.put(self.run, self.series)


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


def evenly(steps: Sequence[int]) -> list[int]:
    """Returns at most MOST_MEASURED of ascending steps, the last one among them."""
    stride = max(1, -(-len(steps) // MOST_MEASURED))
    first = (len(steps) - 1) % stride
    return list(steps[first::stride])


def measure(
    opened: Sequence[runs.Run], directory: Path, options: EvalOptions
) -> list[comparison.Outcome]:
    """Measures runs against their data, and writes metrics.json.

    Raises:
        UserError: a run makes no images from noise, or its data are missing or few.
    """
    shown = [snapshots.Snapshot(run, options.ema) for run in opened]
    saved = step_selection.align([snapshot.saved() for snapshot in shown])
    moments = step_selection.select(saved, options.step)
    file = results.MetricsFile(directory)
    measurers: dict[str, measurement.Measurer] = {}
    for place, snapshot in enumerate(shown):
        info = dataset(snapshot, options.data_dir)
        if info.fingerprint not in measurers:
            flags = options.metric_flags
            measurers[info.fingerprint] = measurer(info, flags, options.data_dir)
        steps = evenly(sorted({saved[place] for saved in moments.values()}))
        own = measurers[info.fingerprint]
        record(snapshot, Recorder(snapshot.run, snapshot.model, own, file, steps))
    return [
        outcome
        for snapshot in shown
        for outcome in outcomes(
            snapshot.run,
            snapshot.model,
            file.series(snapshot.run),
            snapshot.run.name,
            snapshot.run.config["seed"],
            snapshot.run.config["steps"],
        )
    ]


def record(snapshot: snapshots.Snapshot, recorder: Recorder) -> None:
    """Measures what is due, but not checkpoints that have been removed meanwhile."""
    for step in list(recorder.due):
        try:
            snapshot.show(step)
        except FileNotFoundError:
            continue
        recorder.measure(step)
    recorder.save()


def outcomes(
    run: runs.Run,
    model: GenerativeModel,
    every: Sequence[results.MetricSeries],
    entry: str,
    seed: int,
    steps: int,
) -> list[comparison.Outcome]:
    """Returns what came of a run that should reach `steps`, once for each series."""
    lines, reached = run.metrics(), max(run.checkpoints(), default=0)
    return [
        comparison.Outcome(
            entry,
            seed,
            series,
            run.marks(),
            reached,
            steps,
            model.batches_before(reached) * run.config["batch_size"],
            lines[-1]["time"] if lines else 0.0,
            model.parameters,
        )
        for series in every
    ]
