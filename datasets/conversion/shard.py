"""Writes one shard: runs in worker processes, so no TensorFlow here.

A shard is a pure function of its job. Beside a finished shard lies a report until the
whole dataset is there; a killed conversion takes up what reports it finds.
"""

import dataclasses
import hashlib
import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import google_crc32c
import numpy as np
from PIL import Image

from common import files
from common.errors import UserError
from datasets import tfrecord
from datasets.sources import decoding, raw_items, stores

REPORT = ".done"
PROBES = 5
OVER = 2  # times the image size is what a JPEG may be reduced to before the resizing


@dataclass(frozen=True)
class Settings:
    """What an example looks like."""

    image_size: int
    channels: int
    crop: str
    resize: str
    dtype: str = "uint8"
    images: tuple[str, ...] = ("image",)

    @cached_property
    def enough(self) -> int | None:
        """The pixels per side of which averaging leaves the record's; None: all.

        So it is where the whole image is averaged; a crop or a pair's halves are
        measured in the file's pixels.
        """
        whole = self.images == ("image",) and self.crop in ("none", "square")
        averaged = whole and self.resize == "antialias"
        return OVER * self.image_size if averaged else None


@dataclass(frozen=True)
class Job:
    """The items of one shard and what to make of them."""

    path: Path
    source: raw_items.Source
    settings: Settings
    stamp: str  # changes when the raw files are others
    part: str = "train"

    @property
    def layout(self) -> tfrecord.Layout:
        """The form of the shard's records."""
        settings, source = self.settings, self.source
        values = settings.image_size**2 * settings.channels
        return tfrecord.Layout(
            values * np.dtype(settings.dtype).itemsize,
            len(source.classes),
            len(source.attribute_names),
            settings.images,
        )

    @cached_property
    def digest(self) -> str:
        """Equal for jobs that write equal shards."""
        digest = hashlib.sha256(repr((self.settings, self.stamp)).encode())
        digest.update("\n".join(self.source.keys).encode(errors="surrogateescape"))
        for array in (self.source.labels, self.source.attributes):
            digest.update(b"-" if array is None else array.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Report:
    """What came of a job."""

    name: str
    count: int
    crc32c: int
    raw_crcs: list[int]  # of every item, skipped ones too
    skipped: dict[str, str]  # key -> reason
    part: str


def write(job: Job) -> Report:
    """Writes the shard and its report, each appearing by rename; or finds them done."""
    done = job.path.with_name(job.path.name + REPORT)
    if report := finished(job, done):
        return report
    job.path.unlink(missing_ok=True)  # to rename over a file costs a flush to disk
    partial = job.path.with_name(f"{job.path.name}.{os.getpid()}")
    raw_crcs: list[int] = []
    skipped: dict[str, str] = {}
    count = crc = 0
    with (
        files.appearing(job.path, partial),
        partial.open("wb", tfrecord.BLOCK_BYTES) as file,
    ):
        for record in examples(job, raw_crcs, skipped):
            file.write(record)
            crc = google_crc32c.extend(crc, record)
            count += 1
    report = Report(job.path.name, count, crc, raw_crcs, skipped, job.part)
    content = {"digest": job.digest, "report": dataclasses.asdict(report)}
    files.write(done, json.dumps(content))
    return report


def finished(job: Job, done: Path) -> Report | None:
    """The report of an equal job whose shard is there and unharmed."""
    try:
        content = json.loads(done.read_text(encoding="utf-8"))
        report = Report(**content["report"])
        same = content["digest"] == job.digest
        return report if same and tfrecord.crc32c(job.path) == report.crc32c else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def examples(job: Job, raw_crcs: list[int], skipped: dict[str, str]) -> Iterator[bytes]:
    """The records of the usable items; notes every item's CRC and why some are not."""
    source, settings, layout = job.source, job.settings, job.layout
    with warnings.catch_warnings(), source.store.reader() as read:
        warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for i, key in enumerate(source.keys):
            raw = b""
            try:
                raw = read(i)
                images = content(raw, source.store, settings)
            except decoding.UnusableError as error:
                skipped[key] = str(error)
                continue
            except decoding.NotAPairError as error:
                raise decoding.NotAPairError(f"{key} {error}") from error
            finally:
                raw_crcs.append(google_crc32c.value(raw))
            label = 0 if source.labels is None else int(source.labels[i])
            row = b"" if source.attributes is None else source.attributes[i].tobytes()
            yield layout.record(images, label, row)


def content(raw: bytes, store: stores.Store, settings: Settings) -> bytes:
    """An example's images one after the other: pixels, or a point's raw bytes."""
    if settings.dtype == "float32":
        return raw
    return b"".join(
        decoding.example(
            image,
            settings.image_size,
            settings.channels,
            settings.crop,
            settings.resize,
        )
        for image in views(store.image(raw, settings.enough), settings)
    )


def views(image: Image.Image, settings: Settings) -> tuple[Image.Image, ...]:
    """What a record has of an image: itself, or its two halves."""
    return (image,) if len(settings.images) == 1 else decoding.halves(image)


def check_crop(source: raw_items.Source, settings: Settings) -> None:
    """Raises UserError early when the images are too small for the crop."""
    if settings.crop == "none":
        return
    few = source.take(np.linspace(0, len(source) - 1, PROBES).astype(int))
    sizes = set()
    with few.store.reader() as read:
        for i in range(PROBES):
            try:
                image = views(few.store.image(read(i)), settings)[0]
                sizes.add(image.size)
                decoding.crop_box(settings.crop, *image.size)
            except (decoding.UnusableError, decoding.NotAPairError):
                continue
            return
    if sizes:
        width, height = max(sizes)
        size = settings.image_size
        crop = size if size <= min(width, height) else "square"
        raise UserError(
            f"the images are {width}x{height}, smaller than the crop {settings.crop}: "
            f"add --crop {crop}"
        )
