"""The numbers of single runs, and their report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import files
from datasets import info
from errors import UserError
from evaluation import (
    commands,
    comparison,
    curves,
    exhibits,
    measuring,
    neighbours,
    outcomes,
    pages,
    plans,
    real,
    tables,
    timeline,
)
from evaluation.report import content, page
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
    found, before = [], outcomes.load(directory)
    measured: dict[str, outcomes.Measured] = {}
    measurers: dict[str, measuring.Measurer] = {}
    for run in opened:
        exhibit = exhibits.Exhibit(run, ema)
        suited(exhibit)
        made = real.needed(run, Path(given["data_dir"]))
        if made.fingerprint not in measurers:
            measurers[made.fingerprint] = measurer(made, given)
        steps = list(timeline.select(timeline.align([exhibit.saved()]), step))
        stride = -(-len(steps) // MOST_MEASURED)
        chosen = steps[::-1][::stride][::-1]
        known = before.get(run.name)
        numbers = outcomes.measure(exhibit, measurers[made.fingerprint], chosen, known)
        measured[run.name] = numbers
        found.append(outcome(exhibit, numbers, run.name, run.config["seed"]))
    outcomes.save(directory, measured)
    return found


def suited(exhibit: exhibits.Exhibit) -> None:
    """Raises a UserError for a run that has no metrics of features."""
    if exhibit.model.of_points or exhibit.model.directions:
        kind = "points" if exhibit.model.of_points else "translations"
        raise UserError(f"run {exhibit.run.name!r} makes {kind}, not images from noise")


def measurer(made: info.Info, given: Mapping[str, Any]) -> measuring.Measurer:
    """What flags of eval.py or train.py describe."""
    path = given.get("inception")
    plan = plans.resolve(made, given)
    data_dir = Path(given["data_dir"])
    return measuring.Measurer(made, plan, data_dir, Path(path) if path else None)


def outcome(
    exhibit: exhibits.Exhibit, measured: outcomes.Measured, entry: str, seed: int
) -> comparison.Outcome:
    """What came of a run, beside its numbers."""
    run, model = exhibit.run, exhibit.model
    lines, reached = run.metrics(), exhibit.saved()[-1]
    return comparison.Outcome(
        entry,
        seed,
        measured,
        run.marks(),
        reached,
        run.config["steps"],
        model.batches_before(reached) * run.config["batch_size"],
        lines[-1]["time"] if lines else 0.0,
        {
            name: sum(v.shape.num_elements() or 0 for v in net.trainable_variables)
            for name, net in model.networks.items()
            if name != exhibits.AVERAGE
        },
    )


def report(
    opened: Sequence[runs.Run], directory: Path, found: Sequence[comparison.Outcome]
) -> tuple[list[Path], list[content.Table]]:
    """Writes index.html of what was drawn and measured; the tables on it."""
    names = "+".join(run.name for run in opened)
    compared = comparison.compare(found) if found else []
    shown = tables.titled(compared, names)
    lines = {run.name: {run.name: run.metrics()} for run in opened}
    scalars = dict.fromkeys(
        name
        for own in lines.values()
        for name in curves.scalars(next(iter(own.values())))
    )
    drawn = pages.finished(directory, names)
    marks = pages.marks(found)
    near = {neighbours.PICTURE: "nearest training images"}
    written = content.Page(
        names,
        [about(run) for run in opened],
        shown,
        (pages.metric_panels(found) if found else [])
        + pages.scalar_panels(lines, list(scalars), marks),
        [drawn] if drawn else [],
        pages.pictures(directory, DRAWN),
        pages.pictures(directory, near),
        certified(found),
        [command for run in opened for command in commands.of_run(run)],
    )
    return [files.write(directory / "index.html", page.html(written))], shown


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


def images_at(made: info.Info, positions: np.ndarray) -> np.ndarray:
    """Training images at positions [n, k]: [n, k, H, W, C]."""
    images = neighbours.images_at(made, positions.ravel())
    return images.reshape(*positions.shape, *made.shape)
