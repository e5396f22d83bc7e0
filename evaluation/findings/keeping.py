"""Copies what rules read, and a picture of each entry, to where metrics.json lies."""

from __future__ import annotations

from pathlib import Path

from common import files
from evaluation.findings import readings
from evaluation.pictures import grids
from training import checkpoints, runs
from training.study import protocol


def keep(folder: Path, directory: Path) -> list[Path]:
    """Copies the protocol, logs and first latents of a study; returns the files.

    `folder` is what train.py wrote, `directory` where eval.py measured.
    """
    plan = protocol.load(folder)
    kept = [
        files.write(directory / protocol.FILE, (folder / protocol.FILE).read_text())
    ]

    for member in plan.members():
        run = runs.Run(folder, member.name)
        if not run.metrics_file.exists():
            continue
        log = directory / readings.LOGS / f"{member.name}.jsonl"
        kept.append(files.write(log, run.metrics_file.read_text()))
        if member.seed == plan.seeds[0]:
            kept += draw(run, directory / f"{member.entry}.png")
    return kept


def draw(run: runs.Run, path: Path) -> list[Path]:
    """Draws the samples of a run's last checkpoint, of its first latents."""
    for step in run.checkpoints()[-1:]:
        shape = run.config["image_shape"]
        samples = checkpoints.samples_of(run.checkpoint_directory, step, shape)
        if samples is not None:
            return [files.write(path, grids.png(grids.grid(samples, limit=256)))]
    return []
