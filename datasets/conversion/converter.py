"""The work of convert.py: raw files become shards and info.json."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common import files
from common.errors import UserError
from datasets import catalogue, paths, splits
from datasets.conversion import shard, shard_plan, workers
from datasets.download import fetch
from datasets.images import decoding
from datasets.info import MAX_SIDE, Info, Shard
from datasets.sources import formats

IMAGE_SIZES = range(4, MAX_SIDE + 1)
SKIPPED_FILE = "skipped.txt"
SUGGESTED_MODELS = {"single": "dcgan", "paired": "pix2pix", "unpaired": "cyclegan"}


@dataclass(frozen=True)
class ConversionOptions:
    """The flags of convert.py; None means the dataset's default."""

    image_size: int | None = None
    crop: str | None = None
    resize: str | None = None
    seed: int | None = None
    workers: int | None = None
    renew: bool = False


def run(names: Sequence[str], data_dir: Path, options: ConversionOptions) -> None:
    """Converts the named datasets, or all downloaded ones; prints the next command."""
    for name in names or downloaded(data_dir):
        info = convert(catalogue.entry(name, data_dir), data_dir, options)
        print(f"{info.dataset}: {amount(info)} in {info.directory}")

        if info.skipped:
            print(f"skipped: {info.skipped:,}, see {info.directory / SKIPPED_FILE}")

        size = f" --image_size {options.image_size}" if options.image_size else ""
        print(
            f"next: python train.py --model {SUGGESTED_MODELS[info.kind]} --dataset "
            f"{info.dataset}{size} --name run1{paths.flag(data_dir)}"
        )


def amount(info: Info) -> str:
    """Returns the number of training examples in words, and that of each part."""
    images = "pairs" if info.kind == "paired" else "images"
    text = f"{info.count:,} {'points' if info.dtype == 'float32' else images}"
    sizes = [f"{part} {info.part(part).count:,}" for part in info.parts]
    return f"{text} ({', '.join(sizes)})" if len(sizes) > 1 else text


def downloaded(data_dir: Path) -> list[str]:
    """Returns the names of all datasets whose raw files are there, at least one."""
    names = sorted(paths.names(data_dir))
    names = [name for name in names if paths.raw(data_dir, name).is_dir()]
    if not names:
        raise UserError(
            f"nothing is downloaded to {data_dir}: run `python download.py NAME` with "
            f"one of {catalogue.ALL_NAMES}"
        )
    return names


def ensure(name: str, image_size: int | None, data_dir: Path) -> Info:
    """Returns a converted dataset, after converting its raw files if need be.

    Without an image size it has the dataset's default, or the only converted size.
    """
    entry = catalogue.entry(name, data_dir)
    sizes = paths.sizes(data_dir, entry.name)
    if image_size is None and entry.image_size not in sizes and len(sizes) == 1:
        image_size = sizes[0]
    return convert(entry, data_dir, ConversionOptions(image_size))


def convert(entry: catalogue.Entry, data_dir: Path, options: ConversionOptions) -> Info:
    """Converts one dataset, unless it is there with the same options.

    Raises:
        UserError: an option is wrong, or it is there with other options; its raw files
            are missing or not usable; another process converts it.
    """
    spec = resolve(entry, options)
    directory = paths.converted(data_dir, entry.name, spec.image_size)
    if (directory / paths.INFO).is_file() and not options.renew:
        return load_unchanged(directory, options)

    raw = raw_files(entry, data_dir)
    count = options.workers or workers.default()
    with files.lock_directory(directory), workers.pool(shard.write, count) as write:
        items = formats.read(raw, entry)
        shard.check_crop(items, spec)

        (directory / paths.INFO).unlink(missing_ok=True)
        seed = options.seed or 0
        stamp = paths.stamp(raw)
        reports, fingerprint = shard_plan.make(
            directory, items, spec, seed, stamp, write
        )

        info = Info(
            dataset=entry.name,
            split=entry.split,
            count=sum(r.count for r in reports if r.part in splits.TRAINING_PARTS),
            skipped=sum(len(report.skipped) for report in reports),
            shape=(spec.image_size, spec.image_size, spec.channels),
            dtype=spec.dtype,
            truth=entry.truth,
            images=spec.images,
            classes=items.classes,
            attributes=items.attribute_names,
            crop=spec.crop,
            resize=spec.resize,
            seed=seed,
            source=fingerprint,
            licence=items.terms or entry.terms,
            shards=tuple(Shard(r.name, r.count, r.crc32c, r.part) for r in reports),
            directory=directory,
        )
        finish(info, reports)
    return info


def resolve(entry: catalogue.Entry, options: ConversionOptions) -> shard.ExampleSpec:
    """Returns the options with the dataset's defaults; UserError for a wrong one."""
    if options.workers not in (None, *range(1, workers.MAX_WORKERS + 1)):
        raise UserError(
            f"--workers {options.workers}: give 1 to {workers.MAX_WORKERS}, the limit"
        )
    if options.seed is not None and options.seed < 0:
        raise UserError(f"--seed {options.seed}: give 0 or more")
    if entry.dtype != "uint8":
        return point_spec(entry, options)

    size = entry.image_size if options.image_size is None else options.image_size
    if size not in IMAGE_SIZES:
        raise UserError(
            f"--image_size {size}: give {IMAGE_SIZES[0]} to {IMAGE_SIZES[-1]}"
        )
    resize = options.resize or "antialias"
    if resize not in decoding.RESIZE:
        raise UserError(f"--resize {resize!r}: give {' or '.join(decoding.RESIZE)}")

    crop = decoding.crop_name(options.crop or entry.crop)
    return shard.ExampleSpec(size, entry.channels, crop, resize, images=entry.images)


def point_spec(entry: catalogue.Entry, options: ConversionOptions) -> shard.ExampleSpec:
    """Returns the spec of points; UserError for an option of images."""
    size = None if options.image_size == entry.image_size else options.image_size
    flags = {"image_size": size, "crop": options.crop, "resize": options.resize}
    for key, value in flags.items():
        if value is not None:
            raise UserError(
                f"--{key} {value}: {entry.name} has points, not images; leave it out"
            )
    return shard.ExampleSpec(
        entry.image_size, entry.channels, "none", "none", entry.dtype
    )


def load_unchanged(directory: Path, options: ConversionOptions) -> Info:
    """Returns the dataset that is there; UserError if it has other options."""
    info = Info.load(directory)
    crop = decoding.crop_name(options.crop) if options.crop else None
    flags = {"crop": crop, "resize": options.resize, "seed": options.seed}
    for key, value in flags.items():
        if value is not None and value != getattr(info, key):
            raise UserError(
                f"{directory} was made with --{key} {getattr(info, key)}, not {value}: "
                "add --renew to replace it"
            )
    return info


def raw_files(entry: catalogue.Entry, data_dir: Path) -> Path:
    """Returns the raw files' directory, after making those that need no network.

    Raises:
        UserError: the files have to be downloaded first.
    """
    raw = paths.raw(data_dir, entry.name)
    if raw.is_dir():
        return raw
    if entry.format in ("digits", "points"):
        return fetch.fetch(entry, data_dir)
    source = "" if entry.files or entry.format == "stacked" else " --source PATH"
    raise UserError(
        f"{entry.name} is not downloaded: run `python download.py {entry.name}{source}`"
    )


def finish(info: Info, reports: Sequence[shard.ShardReport]) -> None:
    """Writes skipped.txt, then info.json; removes reports and other leftovers."""
    skipped = {key: why for report in reports for key, why in report.skipped.items()}
    skipped_file = info.directory / SKIPPED_FILE
    if skipped:
        lines = "".join(f"{key}\t{skipped[key]}\n" for key in sorted(skipped))
        files.write(skipped_file, lines)
    else:
        skipped_file.unlink(missing_ok=True)

    info.save()

    names = {shard.name for shard in info.shards}
    for path in info.directory.glob(f"{info.dataset}-*.tfrecord*"):
        if path.name not in names:
            path.unlink()
