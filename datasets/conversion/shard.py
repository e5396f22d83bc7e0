"""Writing one shard, in worker processes that do not load TensorFlow.

A shard is a pure function of its job. Beside a finished shard lies its report until the
whole dataset is there, so that a killed conversion can continue.
"""

import collections
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
from datasets.images import colours, decoding, fast_jpeg
from datasets.sources import raw_items, stores

REPORT_SUFFIX = ".done"
PROBES = 5  # images whose sizes are compared with the crop before the conversion
REDUCTION_MARGIN = 2  # a JPEG is decoded to this multiple of the image size or more


@dataclass(frozen=True)
class ExampleSpec:
    """The size, crop, resizing filter and type of a dataset's images."""

    image_size: int
    channels: int
    crop: str
    resize: str
    dtype: str = "uint8"
    images: tuple[str, ...] = ("image",)

    @cached_property
    def min_side(self) -> int | None:
        """The smallest side to which a JPEG may be decoded: twice the output's.

        None if all pixels are needed: `legacy` does not average them, and a crop and a
        pair's halves are measured in them.
        """
        whole = self.images == ("image",) and self.crop in (
            "square",
            *decoding.WHOLE_CROPS,
        )
        if whole and self.resize == "antialias":
            return REDUCTION_MARGIN * self.image_size
        return None


@dataclass(frozen=True)
class ShardJob:
    """The raw items of one shard, and how they are converted."""

    path: Path
    items: raw_items.RawItems
    spec: ExampleSpec
    stamp: str  # changes when the raw files are replaced
    part: str = "train"

    @property
    def layout(self) -> tfrecord.RecordLayout:
        """The layout of the shard's records."""
        values = self.spec.image_size**2 * self.spec.channels
        return tfrecord.RecordLayout(
            values * np.dtype(self.spec.dtype).itemsize,
            len(self.items.classes),
            len(self.items.attribute_names),
            self.spec.images,
        )

    @cached_property
    def digest(self) -> str:
        """A digest that is equal for jobs that write equal shards."""
        digest = hashlib.sha256(repr((self.spec, self.stamp)).encode())
        digest.update("\n".join(self.items.keys).encode(errors="surrogateescape"))
        for array in (self.items.labels, self.items.attributes):
            digest.update(b"-" if array is None else array.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class ShardReport:
    """The outcome of a job."""

    name: str
    count: int
    crc32c: int
    raw_crcs: list[int]  # of every item, skipped ones too
    skipped: dict[str, str]  # key -> reason
    part: str
    sizes: dict[str, int]  # number of images of each WIDTHxHEIGHT
    converted: dict[str, int]  # number of images by kind of colours


class Tally:
    """Counts of images by size and by kind of colours that were converted."""

    def __init__(self) -> None:
        self.sizes: collections.Counter[str] = collections.Counter()
        self.converted: collections.Counter[str] = collections.Counter()

    def add(self, image: Image.Image) -> None:
        """Counts an image as its file has it."""
        width, height = image.info.get(fast_jpeg.WHOLE_SIZE, image.size)
        self.sizes[f"{width}x{height}"] += 1
        if kind := image.info.get(colours.CONVERTED):
            self.converted[kind] += 1


def write(job: ShardJob) -> ShardReport:
    """Writes a shard and its report, unless they are there; returns the report.

    Both appear by rename.
    """
    report_path = job.path.with_name(job.path.name + REPORT_SUFFIX)
    if report := load_report(job, report_path):
        return report

    job.path.unlink(missing_ok=True)  # to rename over a file costs a flush to disk
    partial = job.path.with_name(f"{job.path.name}.{os.getpid()}")
    raw_crcs: list[int] = []
    skipped: dict[str, str] = {}
    tally = Tally()
    count = crc = 0
    with (
        files.appearing(job.path, partial),
        partial.open("wb", tfrecord.BLOCK_BYTES) as file,
    ):
        for record in records(job, raw_crcs, skipped, tally):
            file.write(record)
            crc = google_crc32c.extend(crc, record)
            count += 1

    report = ShardReport(
        job.path.name, count, crc, raw_crcs, skipped, job.part,
        dict(tally.sizes), dict(tally.converted),
    )  # fmt: skip
    content = {"digest": job.digest, "report": dataclasses.asdict(report)}
    files.write(report_path, json.dumps(content))
    return report


def load_report(job: ShardJob, report_path: Path) -> ShardReport | None:
    """Returns the report of an equal job if its shard is there and undamaged."""
    try:
        content = json.loads(report_path.read_text(encoding="utf-8"))
        report = ShardReport(**content["report"])
        same = content["digest"] == job.digest
        return report if same and tfrecord.crc32c(job.path) == report.crc32c else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def records(
    job: ShardJob, raw_crcs: list[int], skipped: dict[str, str], tally: Tally
) -> Iterator[bytes]:
    """Yields the records of the usable items.

    Args:
        job: the shard's.
        raw_crcs: is filled with the CRC-32C of every item's raw bytes.
        skipped: is filled with the key of each unusable item and the reason.
        tally: counts the images.
    """
    items, layout = job.items, job.layout
    with warnings.catch_warnings(), items.store.reader() as read:
        warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for i, key in enumerate(items.keys):
            raw = b""
            try:
                raw = read(i)
                images = image_bytes(raw, items.store, job.spec, tally)
            except decoding.UnusableError as error:
                skipped[key] = str(error)
                continue
            except decoding.NotAPairError as error:
                raise decoding.NotAPairError(f"{key} {error}") from error
            finally:
                raw_crcs.append(google_crc32c.value(raw))

            label = 0 if items.labels is None else int(items.labels[i])
            row = b"" if items.attributes is None else items.attributes[i].tobytes()
            yield layout.record(images, label, row)


def image_bytes(
    raw: bytes, store: stores.Store, spec: ExampleSpec, tally: Tally
) -> bytes:
    """Returns an example's images one after the other: pixels, or a point as it is."""
    if spec.dtype == "float32":
        return raw
    whole = store.image(raw, spec.min_side)
    pixels = [
        decoding.example(image, spec.image_size, spec.channels, spec.crop, spec.resize)
        for image in record_images(whole, spec)
    ]
    tally.add(whole)
    return b"".join(pixels)


def record_images(image: Image.Image, spec: ExampleSpec) -> tuple[Image.Image, ...]:
    """Returns the images of a record: the whole one, or the two halves of a pair."""
    return (image,) if len(spec.images) == 1 else decoding.halves(image)


def check_crop(items: raw_items.RawItems, spec: ExampleSpec) -> None:
    """Raises UserError, before the conversion, for images smaller than the crop."""
    if spec.dtype != "uint8" or spec.crop in decoding.WHOLE_CROPS:
        return

    few = items.take(np.linspace(0, len(items) - 1, PROBES).astype(int))
    sizes = set()
    with few.store.reader() as read:
        for i in range(PROBES):
            try:
                image = record_images(few.store.image(read(i)), spec)[0]
                sizes.add(image.size)
                decoding.crop_box(spec.crop, *image.size)
            except (decoding.UnusableError, decoding.NotAPairError):
                continue
            return

    if sizes:
        width, height = max(sizes)
        size = spec.image_size
        crop = size if size <= min(width, height) else "square"
        raise UserError(
            f"the images are {width}x{height}, smaller than the crop {spec.crop}: "
            f"add --crop {crop}"
        )
