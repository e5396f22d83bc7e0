"""What convert.py does: from raw files to shards and info.json."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tqdm

import files
from datasets import (
    catalogue,
    download,
    info,
    items,
    pixels,
    shards,
    sources,
    storage,
    workers,
)
from errors import UserError

MAX_SHARDS = 128
SHARD_COUNT = 64  # examples that a shard has at least
IMAGE_SIZES = range(4, 1025)
MAX_BAD = 0.01
LISTED = 5  # unusable images that an error names
SKIPPED = "skipped.txt"


@dataclass(frozen=True)
class Options:
    """What the user asks for; None means the dataset's default."""

    image_size: int | None = None
    crop: str | None = None
    resize: str | None = None
    seed: int | None = None
    workers: int | None = None
    renew: bool = False


def run(names: Sequence[str], data_dir: Path, options: Options) -> None:
    """Converts the named datasets, or all that are downloaded; tells what is next."""
    for name in names or downloaded(data_dir):
        made = convert(catalogue.entry(name, data_dir), data_dir, options)
        kind = "points" if made.dtype == "float32" else "images"
        print(f"{made.dataset}: {made.count:,} {kind} in {made.directory}")
        if made.skipped:
            print(f"skipped: {made.skipped:,}, see {made.directory / SKIPPED}")
        size = f" --image_size {options.image_size}" if options.image_size else ""
        print(
            f"next: python train.py --model dcgan --dataset {made.dataset}{size} "
            f"--name run1{storage.flag(data_dir)}"
        )


def downloaded(data_dir: Path) -> list[str]:
    """The names of all datasets whose raw files are there."""
    names = sorted(storage.names(data_dir))
    found = [name for name in names if storage.raw(data_dir, name).is_dir()]
    if not found:
        raise UserError(
            f"nothing is downloaded to {data_dir}: run `python download.py NAME` with "
            f"one of {catalogue.KNOWN}"
        )
    return found


def ensure(name: str, image_size: int | None, data_dir: Path) -> info.Info:
    """The converted dataset, made from raw files if need be.

    Without an image size: the dataset's default, or the only size that is converted.
    """
    entry = catalogue.entry(name, data_dir)
    sizes = storage.sizes(data_dir, entry.name)
    if image_size is None and entry.image_size not in sizes and len(sizes) == 1:
        image_size = sizes[0]
    return convert(entry, data_dir, Options(image_size))


def convert(entry: catalogue.Entry, data_dir: Path, options: Options) -> info.Info:
    """Converts one dataset, unless it is there as the options want it."""
    settings = resolve(entry, options)
    directory = storage.converted(data_dir, entry.name, settings.image_size)
    if (directory / storage.INFO).is_file() and not options.renew:
        return unchanged(directory, options)
    raw = raw_files(entry, data_dir)
    with storage.locked(directory):
        source = sources.read(raw, entry)
        shards.check_crop(source, settings)
        (directory / storage.INFO).unlink(missing_ok=True)
        seed = options.seed or 0
        order = np.random.default_rng(seed).permutation(len(source))
        jobs = plan(directory, source, order, settings, storage.stamp(raw))
        reports = collect(jobs, options.workers or workers.default(), source, directory)
        made = info.Info(
            dataset=entry.name,
            split=entry.split,
            count=sum(report.count for report in reports),
            skipped=sum(len(report.skipped) for report in reports),
            shape=(settings.image_size, settings.image_size, settings.channels),
            dtype=settings.dtype,
            truth=entry.truth,
            classes=source.classes,
            attributes=source.attribute_names,
            crop=settings.crop,
            resize=settings.resize,
            seed=seed,
            source=fingerprint(source, order, reports),
            licence=source.terms or entry.terms,
            shards=tuple(info.Shard(r.name, r.count, r.crc32c) for r in reports),
            directory=directory,
        )
        finish(made, reports)
    return made


def resolve(entry: catalogue.Entry, options: Options) -> shards.Settings:
    """The options with the dataset's defaults filled in."""
    if options.workers is not None and options.workers < 1:
        raise UserError(f"--workers {options.workers}: give 1 or more")
    if options.seed is not None and options.seed < 0:
        raise UserError(f"--seed {options.seed}: give 0 or more")
    if entry.dtype != "uint8":
        return point_settings(entry, options)
    size = entry.image_size if options.image_size is None else options.image_size
    if size not in IMAGE_SIZES:
        raise UserError(
            f"--image_size {size}: give {IMAGE_SIZES[0]} to {IMAGE_SIZES[-1]}"
        )
    resize = options.resize or "antialias"
    if resize not in pixels.RESIZE:
        raise UserError(f"--resize {resize!r}: give {' or '.join(pixels.RESIZE)}")
    crop = pixels.crop_name(options.crop or entry.crop)
    return shards.Settings(size, entry.channels, crop, resize)


def point_settings(entry: catalogue.Entry, options: Options) -> shards.Settings:
    """The settings of points, which have no pixels to choose."""
    size = None if options.image_size == entry.image_size else options.image_size
    asked = {"image_size": size, "crop": options.crop, "resize": options.resize}
    for key, value in asked.items():
        if value is not None:
            raise UserError(
                f"--{key} {value}: {entry.name} has points, not images; leave it out"
            )
    size, channels = entry.image_size, entry.channels
    return shards.Settings(size, channels, "none", "none", entry.dtype)


def unchanged(directory: Path, options: Options) -> info.Info:
    """What is there, unless the options ask for something else."""
    made = info.load(directory)
    crop = pixels.crop_name(options.crop) if options.crop else None
    asked = {"crop": crop, "resize": options.resize, "seed": options.seed}
    for key, value in asked.items():
        if value is not None and value != getattr(made, key):
            raise UserError(
                f"{directory} was made with --{key} {getattr(made, key)}, not {value}: "
                "add --renew to replace it"
            )
    return made


def raw_files(entry: catalogue.Entry, data_dir: Path) -> Path:
    """The raw files' directory; what needs no network is fetched on the way."""
    raw = storage.raw(data_dir, entry.name)
    if raw.is_dir():
        return raw
    if entry.format in ("digits", "points"):
        return download.fetch(entry, data_dir)
    source = " --source PATH" if entry.format == "pictures" else ""
    raise UserError(
        f"{entry.name} is not downloaded: run `python download.py {entry.name}{source}`"
    )


def plan(
    directory: Path,
    source: items.Source,
    order: np.ndarray,
    settings: shards.Settings,
    raw_stamp: str,
) -> Iterator[shards.Job]:
    """The shards' jobs; each is made when it is asked for."""
    total = min(MAX_SHARDS, max(1, len(source) // SHARD_COUNT))
    name = directory.parent.name
    for number, part in enumerate(np.array_split(order, total), 1):
        path = directory / f"{name}-{number:05d}-of-{total:05d}.tfrecord"
        yield shards.Job(path, source.take(part), settings, raw_stamp)


def collect(
    jobs: Iterable[shards.Job], count: int, source: items.Source, directory: Path
) -> list[shards.Report]:
    """The jobs' reports in the shards' order; UserError when too much is unusable."""
    reports = []
    skipped: dict[str, str] = {}
    with tqdm.tqdm(
        total=len(source), desc="converting", unit=" images", disable=None
    ) as bar:
        for report in workers.results(shards.write, jobs, count):
            reports.append(report)
            skipped |= report.skipped
            bar.update(len(report.raw_crcs))
            if len(skipped) > MAX_BAD * len(source):
                break
    if len(skipped) > MAX_BAD * len(source):
        shutil.rmtree(directory)
        listed = "; ".join(f"{k}: {why}" for k, why in sorted(skipped.items())[:LISTED])
        raw = storage.raw(directory.parents[1], directory.parent.name)
        raise UserError(
            f"over {MAX_BAD:.0%} of the {len(source):,} images are unusable "
            f"({listed}); mend or remove them, remove {raw} and download again"
        )
    return sorted(reports, key=lambda report: report.name)


def fingerprint(
    source: items.Source, order: np.ndarray, reports: Sequence[shards.Report]
) -> str:
    """SHA-256 over (key, CRC-32C of the raw bytes) in the keys' order."""
    crcs = np.empty(len(source), np.uint32)
    crcs[order] = np.concatenate([report.raw_crcs for report in reports])
    digest = hashlib.sha256()
    for key, crc in zip(source.keys, crcs.tolist(), strict=True):
        digest.update(f"{key}\0{crc:08x}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def finish(made: info.Info, reports: Sequence[shards.Report]) -> None:
    """Writes skipped.txt, then info.json; removes reports and other leftovers."""
    skipped = {key: why for report in reports for key, why in report.skipped.items()}
    if skipped:
        lines = "".join(f"{key}\t{skipped[key]}\n" for key in sorted(skipped))
        files.write(made.directory / SKIPPED, lines)
    else:
        (made.directory / SKIPPED).unlink(missing_ok=True)
    made.save()
    ours = {shard.name for shard in made.shards}
    for path in made.directory.glob(f"{made.dataset}-*.tfrecord*"):
        if path.name not in ours:
            path.unlink()
