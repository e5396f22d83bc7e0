"""The numbers of a study that was kept: protocol.json, metrics.json and logs/."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.findings.expectations import LAST, REAL, Reading
from evaluation.measure import results
from training.study import protocol

LOGS = "logs"  # a copy of each run's metrics.jsonl, by the run's name
TAKES: Mapping[str, Callable[[Sequence[float]], float]] = {
    LAST: lambda values: values[-1],
    "min": min,
    "max": max,
    "mean": statistics.fmean,
    "count": len,
}


class KeptStudy:
    """What came of a study, in `directory`; nothing where it was not run yet."""

    def __init__(self, directory: Path, unit: str):
        self.directory, self.unit = directory, unit
        self.protocol: protocol.Protocol | None = None
        self.series: dict[str, results.MetricSeries] = {}  # by run
        if protocol.is_study(directory):
            self.protocol = protocol.load(directory)
            content = json.loads((directory / results.METRICS_FILE).read_text())
            self.series = {
                run: results.MetricSeries.from_json(part)
                for run, part in content.items()
            }

    def seeds(self, entries: Sequence[str]) -> list[int]:
        """Returns the seeds under which all of these entries have come to an end."""
        if self.protocol is None:
            return []
        members = {
            seed: [protocol.Member(entry, seed) for entry in entries]
            for seed in self.protocol.seeds
        }
        return [seed for seed in members if all(map(self.ended, members[seed]))]

    def ended(self, member: protocol.Member) -> bool:
        """Returns whether a run is measured at its end, or stopped for good before."""
        if member.name not in self.series:
            return False
        last = self.entry(member.entry)["steps"]
        stopped = self.values(member.name, "not_finite")
        return last in self.series[member.name].steps or bool(stopped)

    def reached(self, entry: str) -> float:
        """Returns the length of an entry's runs, in the unit."""
        return self.position(entry, self.entry(entry)["steps"])

    def position(self, entry: str, step: int) -> float:
        """Returns a step in the unit: itself, or the epochs of real images seen."""
        if self.unit == "steps" or self.protocol is None:
            return step
        own = self.entry(entry)
        batches = self.protocol.content["dataset"]["count"] // own["batch_size"]
        epoch = batches * own["batch_size"]  # images; an epoch has whole batches
        return own["images"] * step / (own["steps"] * epoch)

    def entry(self, name: str) -> Mapping[str, Any]:
        """Returns an entry's part of the protocol."""
        return self.protocol.entries[name] if self.protocol else {}

    def value(self, reading: Reading, seed: int) -> float | None:
        """Returns the number that a rule reads of one seed; None where there is none.

        A last number is of the last checkpoint in the window: a run that stopped
        before has none.
        """
        if reading.entry == REAL:
            floor = next(iter(self.series.values())).floor
            return results.number(floor, reading.number)

        run = protocol.Member(reading.entry, seed).name
        by_step = {
            step: value
            for step, value in self.values(run, reading.number).items()
            if self.within(reading, step)
        }
        if reading.take == LAST:
            planned = self.entry(reading.entry)["evaluated"]
            due = [step for step in planned if self.within(reading, step)]
            if max(by_step, default=-1) < max(due, default=0):
                return None
        if not by_step and reading.take != "count":
            return None
        return float(TAKES[reading.take](list(by_step.values())))

    def within(self, reading: Reading, step: int) -> bool:
        """Returns whether a step is in the window of a reading."""
        start, end = reading.window
        position = self.position(reading.entry, step)
        if reading.percent:
            position = 100 * step / self.entry(reading.entry)["steps"]
        return start <= position <= end

    def values(self, run: str, number: str) -> dict[int, float]:
        """Returns a run's metric, scalar or mark by step, ascending."""
        measured = self.series[run].by_step(number)
        return measured or {
            line["step"]: line[number]
            for line in self.lines(run)
            if isinstance(line.get(number), int | float)
        }

    def lines(self, run: str) -> list[dict[str, Any]]:
        """Returns a run's log; a mark is a number by its name, such as not_finite."""
        text = (self.directory / LOGS / f"{run}.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            if "mark" in line:
                line[line["mark"].replace(" ", "_")] = 1
        return lines
