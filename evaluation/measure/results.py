"""What has come of runs: numbers by checkpoint, marks, time. Kept in metrics.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from absl import logging

from common import files
from evaluation import snapshots
from evaluation.measure import measurement
from training import checkpoints, runs

FILE = "metrics.json"

# A run's part of the file: `certificate`, `extractor` in words, `floor`, and `steps`,
# whose values have numbers by name and the `checkpoint` that they are of.
Measured = dict[str, Any]


def load(directory: Path) -> dict[str, Measured]:
    """What was measured before, by run; empty without the file or with a damaged one.

    It is only there to save time: what is missing is measured again.
    """
    try:
        found = json.loads((directory / FILE).read_text())
        return {
            k: m for k, m in found.items() if m["steps"].items() and m["certificate"]
        }
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return {}


def save(directory: Path, measured: Mapping[str, Measured]) -> Path:
    """Writes the file."""
    return files.write(directory / FILE, json.dumps(measured, indent=1) + "\n")


def measure(
    run: runs.Run,
    snapshot: snapshots.Snapshot | None,
    measurer: measurement.Measurer,
    steps: Iterable[int],
    directory: Path,
) -> Measured:
    """The numbers of a run's checkpoints; the file is written after each of them.

    Those measured before are taken over where the certificate and the content of the
    checkpoint are the same. A checkpoint that --keep has removed meanwhile is left out;
    one whose images are not finite has no numbers. A run without checkpoints, which
    has no snapshot, has none at all.
    """
    model = snapshot.model if snapshot else run.load_model()
    known, certificate = load(directory), measurer.certificate(model)
    before = known.get(run.name, {})
    found = before["steps"] if before.get("certificate") == certificate else {}
    found = {step: n for step, n in found.items() if current(run, int(step), n)}
    measured = {
        "certificate": certificate,
        "extractor": measurer.extractor.description,
        "floor": measurer.floor,
        "steps": found,
    }
    sampler = measurement.Sampler(model)
    for step in steps:
        if str(step) in found or snapshot is None:
            continue
        try:
            content = digest(run, step)
            snapshot.show(step)
            numbers = measurer.numbers(sampler)
        except FileNotFoundError:
            continue
        except measurement.NotFiniteError as error:
            logging.warning("run %s at step %d: %s", run.name, step, error)
            numbers = {}
        found[str(step)] = {"checkpoint": content, **numbers}
        save(directory, known | {run.name: measured})
    save(directory, known | {run.name: measured})
    return measured


def current(run: runs.Run, step: int, numbers: Mapping[str, Any]) -> bool:
    """Whether numbers are of the checkpoint as it is now."""
    try:
        return numbers["checkpoint"] == digest(run, step)
    except FileNotFoundError:
        return False


def card(measured: Measured | None, run: runs.Run) -> Measured | None:
    """What a model card may show: the numbers alone, of checkpoints as they are now."""
    if measured is None:
        return None
    steps = {
        step: {key: n for key, n in numbers.items() if key != "checkpoint"}
        for step, numbers in measured["steps"].items()
        if current(run, int(step), numbers)
    }
    return measured | {"steps": steps}


def digest(run: runs.Run, step: int) -> str:
    """Of a checkpoint's content: its index has a CRC of every tensor."""
    index = checkpoints.path(run.checkpoint_directory, step) / "state.index"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:16]


def by_step(measured: Measured, name: str) -> dict[int, float]:
    """A number by step, ascending."""
    values = {int(step): numbers for step, numbers in measured["steps"].items()}
    return {step: values[step][name] for step in sorted(values) if name in values[step]}
