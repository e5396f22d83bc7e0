"""Pictures of a study's runs, as its page shows them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from datasets.info import Info
from evaluation import features, snapshots, studies
from evaluation.memorisation import neighbours, search
from evaluation.pictures import grids, interpolation, latent_walks
from evaluation.report import content

TRACK_SAMPLES, TRACK_BATCH = 16, 64  # first latents on a track, drawn among so many
NEIGHBOUR_SAMPLES, NEAREST_EACH = 4, 3  # of an entry; training images nearest to each


class StudyGallery:
    """A track of each run; of each entry's first run also a walk and samples."""

    def __init__(self, seed: int):
        self.seed = seed  # of the latents, the same for all
        self.tracks: list[content.Track] = []
        self.walks: list[content.Picture] = []
        self.samples: dict[str, np.ndarray] = {}  # by entry

    def begin(
        self,
        members: Sequence[studies.StudyRun],
        group: Sequence[snapshots.Snapshot],
    ) -> None:
        """Prepares to draw a run, which stands alone."""
        (self.member,), (self.snapshot,) = members, group
        self.frames: dict[int, bytes] = {}

    def draw(self, step: int) -> None:
        """Adds a frame of the checkpoint that is loaded to the run's track."""
        z = np.asarray(self.snapshot.model.probe(TRACK_BATCH, self.seed))
        self.images = self.snapshot.draw(z)
        self.frames[step] = png(self.images[:TRACK_SAMPLES])

    def finish(self) -> None:
        """Completes the run's track; draws the rest for the first run of its entry."""
        if not self.frames:
            return
        entry = self.member.entry
        title = f"{entry}, seed {self.member.seed}"
        alt = f"{TRACK_SAMPLES} samples of {title}, of the same latents at every step"
        steps, frames = list(self.frames), list(self.frames.values())
        row = f"seed {self.member.seed}"
        self.tracks.append(content.Track(title, steps, frames, alt, entry, row))
        if entry not in self.samples:
            self.walks.append(walk(self.snapshot, self.seed, title))
            self.samples[entry] = self.images[:NEIGHBOUR_SAMPLES]

    def neighbours(self, info: Info, data_dir: Path) -> list[content.Picture]:
        """Returns each entry's samples beside the training images nearest to them."""
        samples = {k: x for k, x in self.samples.items() if np.isfinite(x).all()}
        if not samples:
            return []
        extractor = features.create(features.default(info), info, data_dir)
        spaces = {
            "pixels": search.pixels,
            extractor.name: lambda images: extractor(images).features,
        }
        queries = np.concatenate(list(samples.values()))
        nearest = search.nearest(queries, info, spaces, NEAREST_EACH)
        tiles = neighbours.pictures(info, nearest)

        pictures = []
        for number, (entry, own) in enumerate(samples.items()):
            first = number * NEIGHBOUR_SAMPLES
            rows = slice(first, first + NEIGHBOUR_SAMPLES)
            columns = [own[:, np.newaxis], *(near[rows] for near in tiles.values())]
            sheet = np.concatenate(columns, axis=1)  # [samples, 1 + 2 k, H, W, C]
            data = png(sheet.reshape(-1, *sheet.shape[2:]), sheet.shape[1])
            title = f"{entry} and the nearest in {', in '.join(nearest)}"
            pictures.append(content.Picture(title, data, title))
        return pictures


def walk(snapshot: snapshots.Snapshot, seed: int, title: str) -> content.Picture:
    """Returns rows from one latent of a seed to another, of the checkpoint loaded."""
    z = np.asarray(snapshot.model.probe(2 * latent_walks.WALKS, seed))
    noise, codes = snapshot.parts(z)
    path = interpolation.rows(noise[::2], noise[1::2], latent_walks.STRIDES)
    path = latent_walks.with_codes(path, codes[::2, np.newaxis])
    images = snapshot.draw(path.reshape(-1, z.shape[-1]))
    alt = f"{latent_walks.WALKS} walks of {title}, each from one latent to another"
    return content.Picture(title, png(images, latent_walks.STRIDES), alt)


def png(images: np.ndarray, columns: int | None = None) -> bytes:
    """Encodes images [n, H, W, C] in [-1, 1] as a grid, as large as they are.

    Grey ones stay grey.
    """
    columns = columns or grids.near_square(len(images))
    picture = Image.fromarray(grids.grid(images, columns, columns * images.shape[2]))
    if images.shape[-1] == 1:
        picture = picture.convert("L")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
