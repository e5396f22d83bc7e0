"""Parts of a report page, from runs."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from evaluation import snapshots
from evaluation.measure import comparison
from evaluation.pictures import curves, grids, interpolation, latent_walks
from evaluation.report import content

SHOWN, COMPANY = 16, 64  # first latents on a track, drawn among so many
MOST_FRAMES, MOST_BYTES = 30, 3_000_000  # of all tracks of a page
LARGEST = 2_000_000  # bytes of a walk's picture


def track(
    snapshot: snapshots.Snapshot, steps: Sequence[int], seed: int, title: str
) -> content.Track:
    """The first latents of a seed at some checkpoints of a run."""
    z = np.asarray(snapshot.model.probe(COMPANY, seed))
    frames = {}
    for step in steps:
        try:
            snapshot.show(step)
        except FileNotFoundError:  # removed by --keep meanwhile
            continue
        frames[step] = png(snapshot.draw(z)[:SHOWN])
    alt = f"{SHOWN} samples of {title}, of the same latents at every step"
    return content.Track(title, list(frames), list(frames.values()), alt)


def walk(snapshot: snapshots.Snapshot, seed: int, title: str) -> content.Picture:
    """Rows from one latent of a seed to another, of the checkpoint that is shown."""
    z = np.asarray(snapshot.model.probe(2 * latent_walks.WALKS, seed))
    noise, codes = snapshot.parts(z)
    path = interpolation.rows(noise[::2], noise[1::2], latent_walks.STRIDES)
    path = latent_walks.with_codes(path, codes[::2, np.newaxis])
    images = snapshot.draw(path.reshape(-1, z.shape[-1]))
    alt = f"{latent_walks.WALKS} walks of {title}, each from one latent to another"
    return content.Picture(title, png(images, latent_walks.STRIDES), alt)


def png(images: np.ndarray, columns: int | None = None) -> bytes:
    """Images [n, H, W, C] in [-1, 1] as a small grid: not enlarged, grey ones grey."""
    columns = columns or grids.near_square(len(images))
    picture = Image.fromarray(grids.grid(images, columns, columns * images.shape[2]))
    if images.shape[-1] == 1:
        picture = picture.convert("L")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def finished(written: Sequence[Path], name: str) -> content.Track | None:
    """A run's pictures samples/<step>.png among files, as many as a page can carry."""
    files = [path for path in written if path.parent.name == "samples"]
    if not files:
        return None
    drawn = content.Track(
        name,
        [int(file.stem) for file in files],
        [file.read_bytes() for file in files],
        f"samples of {name}, of the same latents at every step",
    )
    (thin,) = thinned([drawn])
    return thin


def thinned(tracks: Sequence[content.Track]) -> list[content.Track]:
    """As many frames as a page can carry, evenly taken, the last ones among them."""
    size = sum(len(frame) for track in tracks for frame in track.frames)
    longest = max((len(track.steps) for track in tracks), default=1)
    stride = max(math.ceil(size / MOST_BYTES), math.ceil(longest / MOST_FRAMES), 1)
    return [
        track._replace(
            steps=track.steps[::-1][::stride][::-1],
            frames=track.frames[::-1][::stride][::-1],
        )
        for track in tracks
    ]


def pictures(
    written: Sequence[Path], names: Mapping[str, str]
) -> list[content.Picture]:
    """Those of the files that are named, with what they show; large ones not."""
    found = [(path, names[path.name]) for path in written if path.name in names]
    return [
        content.Picture(text, path.read_bytes(), text)
        for path, text in found
        if path.stat().st_size <= LARGEST
    ]


def metric_panels(found: Sequence[comparison.Outcome]) -> list[content.Panel]:
    """FID and KID by step: the mean over an entry's seeds, in a band of all of them.

    Runs whose certificates are unlike have panels of their own.
    """
    panels = []
    groups = comparison.groups(found)
    for number, group in enumerate(groups, start=1):
        x = comparison.extractor(group)
        of = f", group {number}" if len(groups) > 1 else ""
        for metric in ("fid", "kid"):
            drawn = []
            for entry in dict.fromkeys(outcome.entry for outcome in group):
                own = [
                    o.series.by_step(f"{metric}_{x}") for o in group if o.entry == entry
                ]
                drawn.append(band(entry, own))
            title = f"{metric.upper()} ({x}){of}"
            panels.append(content.Panel(title, drawn, marks(group)))
    return panels


def scalar_panels(
    lines: Mapping[str, Mapping[str, Sequence[dict]]],
    names: Sequence[str],
    found: Sequence[content.Mark] = (),
) -> list[content.Panel]:
    """Logged numbers by step: `lines` has the metrics of each entry's runs by name."""
    panels = []
    for name in names:
        drawn = []
        for entry, own in lines.items():
            values = [
                {
                    line["step"]: line[name]
                    for line in run
                    if curves.is_number(line.get(name))
                }
                for run in own.values()
            ]
            if any(values):
                drawn.append(band(entry, values))
        if drawn:
            panels.append(content.Panel(name, drawn, found))
    return panels


def band(label: str, runs: Sequence[Mapping[int, float]]) -> content.Curve:
    """The mean, lowest and highest of runs at the steps that any of them has.

    A run that has ended by then (its numbers were finite no more) is not in the mean.
    """
    steps = sorted({step for run in runs for step in run})
    values = [[run[step] for run in runs if step in run] for step in steps]
    means = [float(np.mean(v)) for v in values]
    return content.Curve(
        label, steps, means, list(map(min, values)), list(map(max, values))
    )


def marks(found: Sequence[comparison.Outcome]) -> list[content.Mark]:
    """What befell the runs."""
    return [
        content.Mark(
            mark.get("since", mark["step"]),
            f"{o.name}: {mark['mark']}: {mark['cause']}",
        )
        for o in found
        for mark in o.marks
    ]
