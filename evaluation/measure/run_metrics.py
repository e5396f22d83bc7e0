"""The metrics of single runs, against the data that they were trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common.errors import UserError
from datasets.info import Info
from evaluation import snapshots, step_selection, training_data
from evaluation.measure import comparison, measurement, plans, results
from models.base.generative import GenerativeModel
from training import runs

MOST_MEASURED = 10  # checkpoints of a run, evenly taken, the last one among them


def measure(
    opened: Sequence[runs.Run],
    directory: Path,
    step: str,
    ema: bool,
    given: Mapping[str, Any],
) -> list[comparison.Outcome]:
    """Measures runs against their data, and writes metrics.json.

    `given` are eval.py's flags: `extractor`, `eval_samples`, `inception`, `data_dir`.

    Raises:
        UserError: a run makes no images from noise, or its data are missing or few.
    """
    shown = [snapshots.Snapshot(run, ema) for run in opened]
    moments = step_selection.align([snapshot.saved() for snapshot in shown])
    found = []
    measurers: dict[str, measurement.Measurer] = {}
    for place, snapshot in enumerate(shown):
        suited(snapshot)
        info = training_data.needed(snapshot.run, Path(given["data_dir"]))
        if info.fingerprint not in measurers:
            measurers[info.fingerprint] = measurer(info, given)
        chosen = step_selection.select(moments, step).values()
        steps = sorted({saved[place] for saved in chosen})
        stride = -(-len(steps) // MOST_MEASURED)
        measured = results.measure(
            snapshot.run,
            snapshot,
            measurers[info.fingerprint],
            steps[::-1][::stride][::-1],
            directory,
        )
        c = snapshot.run.config
        place_in_table = snapshot.run.name, c["seed"], c["steps"]
        found.append(outcome(snapshot.run, snapshot.model, measured, *place_in_table))
    return found


def suited(snapshot: snapshots.Snapshot) -> None:
    """Raises a UserError for a run that has no metrics of features."""
    if snapshot.kind != "images":
        raise UserError(
            f"run {snapshot.run.name!r} makes {snapshot.kind}, not images from noise"
        )


def measurer(info: Info, given: Mapping[str, Any]) -> measurement.Measurer:
    """What flags of eval.py or train.py describe."""
    path = given.get("inception")
    plan = plans.resolve(info, given)
    data_dir = Path(given["data_dir"])
    return measurement.Measurer(info, plan, data_dir, Path(path) if path else None)


def outcome(
    run: runs.Run,
    model: GenerativeModel,
    measured: results.Measured,
    entry: str,
    seed: int,
    steps: int,
) -> comparison.Outcome:
    """What came of a run that should reach `steps`, beside its numbers."""
    lines, reached = run.metrics(), max(run.checkpoints(), default=0)
    return comparison.Outcome(
        entry,
        seed,
        measured,
        run.marks(),
        reached,
        steps,
        model.batches_before(reached) * run.config["batch_size"],
        lines[-1]["time"] if lines else 0.0,
        model.parameters,
    )
