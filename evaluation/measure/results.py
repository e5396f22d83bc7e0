"""Metrics by checkpoint: the records, and metrics.json, which keeps them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from absl import logging

from common import files, forms
from evaluation.measure.provenance import Provenance
from training import checkpoints, runs

METRICS_FILE = "metrics.json"
DAMAGE = (ValueError, TypeError)  # what reading a part of it raises

Numbers = dict[str, float | list[int]]  # by name; lists are counts
Step = Annotated[str, forms.Pattern(r"\d{1,12}", "a step")]


@dataclasses.dataclass
class StepForm:
    """The form of a checkpoint's numbers in metrics.json."""

    checkpoint: str
    OTHERS: ClassVar[Any] = float | list[int]


@dataclasses.dataclass
class SeriesForm:
    """The form of a run's part of metrics.json."""

    certificate: Provenance
    extractor: str
    floor: Numbers
    steps: dict[Step, StepForm]
    earlier: list[SeriesForm] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class CheckpointMetrics:
    """The numbers of one checkpoint: none where its images are not finite."""

    checkpoint: str  # `digest` of its content
    numbers: Numbers

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> CheckpointMetrics:
        """Reads a value of `steps`, of the form `StepForm`."""
        numbers = dict(content)
        return cls(numbers.pop("checkpoint"), numbers)

    def to_json(self) -> dict[str, Any]:
        """Returns a value of `steps`."""
        return {"checkpoint": self.checkpoint, **self.numbers}


@dataclasses.dataclass(frozen=True)
class MetricSeries:
    """The metrics of one run's checkpoints, all of the same provenance."""

    provenance: Provenance
    extractor: str  # in words
    floor: Numbers  # of other real images: the best that a perfect generator could get
    steps: Mapping[int, CheckpointMetrics]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> MetricSeries:
        """Reads a run's part of metrics.json, of the form `SeriesForm`."""
        return cls(
            Provenance.from_json(content["certificate"]),
            content["extractor"],
            dict(content["floor"]),
            {
                int(step): CheckpointMetrics.from_json(metrics)
                for step, metrics in content["steps"].items()
            },
        )

    def to_json(self) -> dict[str, Any]:
        """Returns a run's part of metrics.json."""
        return {
            "certificate": self.provenance.to_json(),
            "extractor": self.extractor,
            "floor": self.floor,
            "steps": {str(step): self.steps[step].to_json() for step in self.steps},
        }

    def by_step(self, name: str) -> dict[int, float]:
        """Returns a number by step, ascending; steps that have none are left out."""
        values = {step: number(self.steps[step].numbers, name) for step in self.steps}
        return {s: value for s, value in sorted(values.items()) if value is not None}

    def with_step(self, step: int, metrics: CheckpointMetrics) -> MetricSeries:
        """Returns a copy that has the metrics of one more step."""
        steps = {**self.steps, step: metrics}
        return dataclasses.replace(self, steps=dict(sorted(steps.items())))

    def current(self, run: runs.Run) -> MetricSeries:
        """Returns a copy with those of the run's checkpoints as they are now."""
        steps = {
            step: metrics
            for step, metrics in self.steps.items()
            if metrics.checkpoint == digest(run, step)
        }
        return dataclasses.replace(self, steps=steps)


class MetricsFile:
    """metrics.json: each run's series by its name, the one asked for last first.

    Measuring with other flags adds a series, and none is lost: the others of a run are
    under `earlier`, each of the same form as the first.
    """

    def __init__(self, directory: Path):
        self.path = directory / METRICS_FILE
        self.by_run = self.load()

    def load(self) -> dict[str, list[MetricSeries]]:
        """Returns what the file has; what is damaged is left out, with a warning."""
        by_run: dict[str, list[MetricSeries]] = {}
        try:
            parts = forms.parse(self.path.read_text(), dict)
        except FileNotFoundError:
            return {}
        except DAMAGE as error:
            self.warn(error)
            return {}
        for name, content in parts.items():
            try:
                by_run[name] = from_json(content)
            except DAMAGE as error:
                self.warn(error)
        return by_run

    def warn(self, error: Exception) -> None:
        """Says that the file is damaged."""
        logging.warning(
            "%s is damaged (%s): what cannot be read in it is measured anew",
            self.path,
            error,
        )

    def series(self, run: runs.Run) -> list[MetricSeries]:
        """Returns the run's series that have numbers of checkpoints as they are now."""
        current = [series.current(run) for series in self.by_run.get(run.name, [])]
        return [series for series in current if series.steps]

    def put(self, run: runs.Run, series: MetricSeries) -> None:
        """Writes the file with this series as the run's first."""
        earlier = [s for s in self.series(run) if s.provenance != series.provenance]
        self.by_run[run.name] = [series, *earlier]
        content = {name: to_json(parts) for name, parts in self.by_run.items()}
        files.write(self.path, json.dumps(content, indent=1) + "\n")


def number(numbers: Numbers, name: str) -> float | None:
    """Returns the number of a name; None where there is none, or a list."""
    value = numbers.get(name)
    return value if isinstance(value, int | float) else None


def from_json(content: Mapping[str, Any]) -> list[MetricSeries]:
    """Reads a run's part of the file; one of DAMAGE where it is damaged."""
    forms.check(content, SeriesForm)
    parts = [content, *content.get("earlier", [])]
    return [MetricSeries.from_json(part) for part in parts]


def to_json(parts: list[MetricSeries]) -> dict[str, Any]:
    """Returns a run's part of the file, with `earlier` where there are several."""
    first, *earlier = [series.to_json() for series in parts]
    return first | ({"earlier": earlier} if earlier else {})


def digest(run: runs.Run, step: int) -> str | None:
    """Returns that of a checkpoint's content; None where it is not there (any more).

    Its index has a CRC of every tensor.
    """
    index = checkpoints.path(run.checkpoint_directory, step) / "state.index"
    try:
        return hashlib.sha256(index.read_bytes()).hexdigest()[:16]
    except FileNotFoundError:
        return None
