"""What eval.py does with one checkpoint of one run, when its flags ask for it.

Sums of latents, nearest training images, an export, the translation of a folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from common.errors import UserError
from evaluation import snapshots, training_data, translate_folder
from evaluation.arithmetic import sums
from evaluation.eval_options import EvalOptions
from evaluation.export import writer
from evaluation.measure import results
from evaluation.memorisation import neighbours, proximity

if TYPE_CHECKING:
    from training import runs

NOT_FROM_NOISE = {"points": "points", "translations": "translations of images"}


def answer(run: runs.Run, directory: Path, options: EvalOptions) -> list[Path]:
    """Writes what the flags ask of one checkpoint of a run; returns the files.

    Raises:
        UserError: the run or its data cannot answer.
    """
    snapshot = snapshots.Snapshot(run, options.ema, options.statistics)
    paths = []
    if options.arithmetic is not None or options.neighbours:
        paths += look(snapshot, directory, options)
    if options.export:
        snapshot.show_selected(options.step)
        use = "the dataset's facts on the model card"
        info = training_data.find(run, options.data_dir, use)
        series = newest_of(results.MetricsFile(directory).series(run), snapshot.step)
        paths += writer.write(snapshot, options.export, info, series)
    return paths


def look(
    snapshot: snapshots.Snapshot, directory: Path, options: EvalOptions
) -> list[Path]:
    """Draws sums of latents and nearest training images, as far as asked for."""
    if snapshot.kind != "images":
        raise UserError(
            f"run {snapshot.run.name!r} makes {NOT_FROM_NOISE[snapshot.kind]}; "
            "--arithmetic and --neighbours are for runs that make images from noise"
        )
    info = training_data.needed(snapshot.run, options.data_dir)
    snapshot.show_selected(options.step)

    paths = []
    if options.arithmetic is not None:
        paths += sums.draw(snapshot, info, directory, options.arithmetic)
    if options.neighbours:
        paths += neighbours.draw(snapshot, info, directory)
    return paths


def newest_of(
    every: list[results.MetricSeries], step: int
) -> results.MetricSeries | None:
    """Returns the newest series with metrics of a step, or else the newest of all."""
    having = [series for series in every if step in series.steps]
    return next(iter([*having, *every]), None)


def translate(run: runs.Run, options: EvalOptions) -> None:
    """Translates a folder of images, and says what was done."""
    if options.asks:
        raise UserError(
            "--input translates a folder and nothing else: ask for --arithmetic, "
            "--neighbours or --export by a call of their own"
        )
    if not options.input:
        raise UserError("--output and --direction need --input DIR, what to translate")
    if not options.output:
        raise UserError(f"--input {options.input} needs --output DIR, where it goes")

    snapshot = snapshots.Snapshot(run, options.ema, options.statistics)
    done = translate_folder.translate(
        snapshot, options.input, options.output, options.direction, options.step
    )
    for name, reason in done.skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    if done.skipped:
        total = done.translated + len(done.skipped)
        print(f"skipped: {len(done.skipped):,} of {total:,} images", file=sys.stderr)
    rate = done.translated / done.seconds
    print(f"{done.translated:,} images in {options.output} ({rate:,.1f} images/s)")


def sentences(path: Path) -> list[str]:
    """Returns what one of the files says in a line."""
    if path.name == neighbours.NEIGHBOURS_FILE:
        return [proximity.sentence(json.loads(path.read_text()))]
    if path.parent.name == sums.ARITHMETIC_FOLDER and path.suffix == ".json":
        return [sums.sentence(json.loads(path.read_text()))]
    return []
