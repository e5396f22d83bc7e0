"""The numbers of single runs, and their report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common import files
from common.errors import UserError
from datasets.info import Info
from evaluation import snapshots, step_selection, training_data
from evaluation.measure import comparison, measurement, plans, results
from evaluation.memorisation import neighbours
from evaluation.pictures import curves
from evaluation.report import commands, content, page, panels, tables
from models.base.generative import GenerativeModel
from training import runs

MOST_MEASURED = 10  # checkpoints of a run, evenly taken, the last one among them
DRAWN = {
    "latent.png": "walks from one latent to another",
    "latent.gif": "a loop through latents",
    "reconstructions.png": "reconstructions",
}


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
    if snapshot.model.of_points or snapshot.model.directions:
        kind = "points" if snapshot.model.of_points else "translations"
        raise UserError(
            f"run {snapshot.run.name!r} makes {kind}, not images from noise"
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


def report(
    opened: Sequence[runs.Run],
    paths: Sequence[Path],
    directory: Path,
    found: Sequence[comparison.Outcome],
    data_dir: Path,
    ema: bool,
) -> tuple[Path, list[content.Table]]:
    """Writes index.html of what was just drawn and measured; the tables on it."""
    names = "+".join(run.name for run in opened)
    compared = comparison.compare(found) if found else []
    shown = tables.titled(compared, names)
    lines = {run.name: {run.name: run.metrics()} for run in opened}
    scalars = dict.fromkeys(
        name
        for own in lines.values()
        for name in curves.scalars(next(iter(own.values())))
    )
    drawn = panels.finished(paths, names)
    assets_dir = directory.parents[1] if ema else directory.parent
    written = content.Page(
        names,
        [about(run) for run in opened],
        shown,
        panels.metric_panels(found)
        + panels.scalar_panels(lines, list(scalars), panels.marks(found)),
        [drawn] if drawn else [],
        panels.pictures(paths, DRAWN),
        near(opened, directory),
        certified(found),
        [
            command
            for run in opened
            for command in commands.of_run(run, data_dir, assets_dir, ema)
        ],
    )
    return files.write(directory / "index.html", page.html(written)), shown


def near(opened: Sequence[runs.Run], directory: Path) -> list[content.Picture]:
    """The neighbours that were drawn since the run was trained last, if any."""
    path = directory / neighbours.PICTURE
    since = max(runs.activity(run.config_file) for run in opened)
    if not path.is_file() or path.stat().st_mtime < since:
        return []
    step = json.loads((directory / neighbours.NEIGHBOURS_FILE).read_text())["step"]
    text = f"training images nearest to samples of step {step:,}"
    return panels.pictures([path], {neighbours.PICTURE: text})


def about(run: runs.Run) -> str:
    """What a run is, in words."""
    c = run.config
    return (
        f"{run.name}: {c['model']} on {c['dataset']['name']} "
        f"({c['image_shape'][0]} px), {c['steps']:,} steps of {c['batch_size']} "
        f"images, seed {c['seed']}."
    )


def certified(
    found: Sequence[comparison.Outcome],
) -> list[tuple[str, Mapping[str, object]]]:
    """The certificates, each once, with the runs whose numbers have it."""
    groups = comparison.groups(found)
    listed: list[tuple[str, Mapping[str, object]]] = []
    for group in groups:
        names = ", ".join(dict.fromkeys(o.entry for o in group))
        measured = group[0].measured
        floor = {f"floor: {key}": v for key, v in measured["floor"].items()}
        listed.append((names, runs.flat(measured["certificate"]) | floor))
    return listed
