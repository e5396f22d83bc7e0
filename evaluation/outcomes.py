"""What has come of runs: numbers by checkpoint, marks, time. Kept in metrics.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import files
from evaluation import exhibits, measuring
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
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save(directory: Path, measured: Mapping[str, Measured]) -> Path:
    """Writes the file."""
    return files.write(directory / FILE, json.dumps(measured, indent=1) + "\n")


def measure(
    exhibit: exhibits.Exhibit,
    measurer: measuring.Measurer,
    steps: Sequence[int],
    before: Measured | None = None,
) -> Measured:
    """The numbers of a run's checkpoints; those measured before are taken over.

    That is so where the certificate and the content of the checkpoint are the same. A
    checkpoint that --keep has removed meanwhile is left out.
    """
    certificate = measurer.certificate(exhibit.model)
    known = {}
    if before and before.get("certificate") == certificate:
        known = before.get("steps", {})
    sampler = measuring.Sampler(exhibit.model)
    found = {}
    for step in steps:
        try:
            content = digest(exhibit.run, step)
            numbers = known.get(str(step), {})
            if numbers.get("checkpoint") != content:
                exhibit.show(step)
                numbers = {"checkpoint": content, **measurer.numbers(sampler)}
        except FileNotFoundError:
            continue
        found[str(step)] = numbers
    return {
        "certificate": certificate,
        "extractor": measurer.extractor.description,
        "floor": measurer.floor,
        "steps": found,
    }


def digest(run: runs.Run, step: int) -> str:
    """Of a checkpoint's content: its index has a CRC of every tensor."""
    index = checkpoints.path(run.checkpoint_directory, step) / "state.index"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:16]


def by_step(measured: Measured, name: str) -> dict[int, float]:
    """A number by step, ascending."""
    values = {int(step): numbers for step, numbers in measured["steps"].items()}
    return {step: values[step][name] for step in sorted(values) if name in values[step]}
