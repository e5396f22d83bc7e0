"""What convert.py does: from raw files to shards and info.json."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common import files
from common.errors import UserError
from datasets import catalogue, paths, splits
from datasets.conversion import shard, sharding, workers
from datasets.download import fetch
from datasets.info import Info, Shard
from datasets.sources import decoding, formats

IMAGE_SIZES = range(4, 1025)
SKIPPED = "skipped.txt"
FITTING = {"single": "dcgan", "paired": "pix2pix", "unpaired": "cyclegan"}  # models


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
        info = convert(catalogue.entry(name, data_dir), data_dir, options)
        print(f"{info.dataset}: {amount(info)} in {info.directory}")
        if info.skipped:
            print(f"skipped: {info.skipped:,}, see {info.directory / SKIPPED}")
        size = f" --image_size {options.image_size}" if options.image_size else ""
        print(
            f"next: python train.py --model {FITTING[info.kind]} --dataset "
            f"{info.dataset}{size} --name run1{paths.flag(data_dir)}"
        )


def amount(info: Info) -> str:
    """What there is to train on, and each part's count where there are several."""
    images = "pairs" if info.kind == "paired" else "images"
    text = f"{info.count:,} {'points' if info.dtype == 'float32' else images}"
    sizes = [f"{part} {info.part(part).count:,}" for part in info.parts]
    return f"{text} ({', '.join(sizes)})" if len(sizes) > 1 else text


def downloaded(data_dir: Path) -> list[str]:
    """The names of all datasets whose raw files are there."""
    names = sorted(paths.names(data_dir))
    found = [name for name in names if paths.raw(data_dir, name).is_dir()]
    if not found:
        raise UserError(
            f"nothing is downloaded to {data_dir}: run `python download.py NAME` with "
            f"one of {catalogue.KNOWN}"
        )
    return found


def ensure(name: str, image_size: int | None, data_dir: Path) -> Info:
    """The converted dataset, made from raw files if need be.

    Without an image size: the dataset's default, or the only size that is converted.
    """
    entry = catalogue.entry(name, data_dir)
    sizes = paths.sizes(data_dir, entry.name)
    if image_size is None and entry.image_size not in sizes and len(sizes) == 1:
        image_size = sizes[0]
    return convert(entry, data_dir, Options(image_size))


def convert(entry: catalogue.Entry, data_dir: Path, options: Options) -> Info:
    """Converts one dataset, unless it is there as the options want it."""
    settings = resolve(entry, options)
    directory = paths.converted(data_dir, entry.name, settings.image_size)
    if (directory / paths.INFO).is_file() and not options.renew:
        return unchanged(directory, options)
    raw = raw_files(entry, data_dir)
    count = options.workers or workers.default()
    with files.lock_directory(directory), workers.started(shard.write, count) as write:
        source = formats.read(raw, entry)
        shard.check_crop(source, settings)
        (directory / paths.INFO).unlink(missing_ok=True)
        seed = options.seed or 0
        stamp = paths.stamp(raw)
        reports, origin = sharding.make(directory, source, settings, seed, stamp, write)
        info = Info(
            dataset=entry.name,
            split=entry.split,
            count=sum(r.count for r in reports if r.part in splits.TRAINING),
            skipped=sum(len(report.skipped) for report in reports),
            shape=(settings.image_size, settings.image_size, settings.channels),
            dtype=settings.dtype,
            truth=entry.truth,
            images=settings.images,
            classes=source.classes,
            attributes=source.attribute_names,
            crop=settings.crop,
            resize=settings.resize,
            seed=seed,
            source=origin,
            licence=source.terms or entry.terms,
            shards=tuple(Shard(r.name, r.count, r.crc32c, r.part) for r in reports),
            directory=directory,
        )
        finish(info, reports)
    return info


def resolve(entry: catalogue.Entry, options: Options) -> shard.Settings:
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
    if resize not in decoding.RESIZE:
        raise UserError(f"--resize {resize!r}: give {' or '.join(decoding.RESIZE)}")
    crop = decoding.crop_name(options.crop or entry.crop)
    return shard.Settings(size, entry.channels, crop, resize, images=entry.images)


def point_settings(entry: catalogue.Entry, options: Options) -> shard.Settings:
    """The settings of points, which have no pixels to choose."""
    size = None if options.image_size == entry.image_size else options.image_size
    asked = {"image_size": size, "crop": options.crop, "resize": options.resize}
    for key, value in asked.items():
        if value is not None:
            raise UserError(
                f"--{key} {value}: {entry.name} has points, not images; leave it out"
            )
    size, channels = entry.image_size, entry.channels
    return shard.Settings(size, channels, "none", "none", entry.dtype)


def unchanged(directory: Path, options: Options) -> Info:
    """What is there, unless the options ask for something else."""
    info = Info.load(directory)
    crop = decoding.crop_name(options.crop) if options.crop else None
    asked = {"crop": crop, "resize": options.resize, "seed": options.seed}
    for key, value in asked.items():
        if value is not None and value != getattr(info, key):
            raise UserError(
                f"{directory} was made with --{key} {getattr(info, key)}, not {value}: "
                "add --renew to replace it"
            )
    return info


def raw_files(entry: catalogue.Entry, data_dir: Path) -> Path:
    """The raw files' directory; what needs no network is fetched on the way."""
    raw = paths.raw(data_dir, entry.name)
    if raw.is_dir():
        return raw
    if entry.format in ("digits", "points"):
        return fetch.fetch(entry, data_dir)
    source = "" if entry.files or entry.format == "stacked" else " --source PATH"
    raise UserError(
        f"{entry.name} is not downloaded: run `python download.py {entry.name}{source}`"
    )


def finish(info: Info, reports: Sequence[shard.Report]) -> None:
    """Writes skipped.txt, then info.json; removes reports and other leftovers."""
    skipped = {key: why for report in reports for key, why in report.skipped.items()}
    if skipped:
        lines = "".join(f"{key}\t{skipped[key]}\n" for key in sorted(skipped))
        files.write(info.directory / SKIPPED, lines)
    else:
        (info.directory / SKIPPED).unlink(missing_ok=True)
    info.save()
    ours = {shard.name for shard in info.shards}
    for path in info.directory.glob(f"{info.dataset}-*.tfrecord*"):
        if path.name not in ours:
            path.unlink()
