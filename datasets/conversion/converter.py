"""The work of convert.py: raw files become shards and info.json."""

import collections
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import logging

from common import files
from common.errors import UserError
from datasets import catalogue, contents, origin, paths, splits
from datasets.conversion import preview, shard, shard_plan, workers
from datasets.conversion.options import ConversionOptions, as_before, crop_of, resolve
from datasets.download import fetch
from datasets.images import decoding
from datasets.info import Info, Shard
from datasets.sources import formats, raw_items

SKIPPED_FILE = "skipped.txt"
SUGGESTED_MODELS = {"single": "dcgan", "paired": "pix2pix", "unpaired": "cyclegan"}


def run(names: Sequence[str], data_dir: Path, options: ConversionOptions) -> None:
    """Converts the named datasets, or all downloaded ones; prints the next command."""
    for name in names or downloaded(data_dir):
        info = convert(catalogue.entry(name, data_dir), data_dir, options)
        print(f"{info.dataset}: {amount(info)} in {info.directory}")
        for line in lines(info):
            print(line)

        size = f" --image_size {options.image_size}" if options.image_size else ""
        print(
            f"next: python train.py --model {SUGGESTED_MODELS[info.kind]} --dataset "
            f"{info.dataset}{size} --name run1{paths.flag(data_dir)}"
        )


def lines(info: Info) -> Iterator[str]:
    """Yields the lines of the table of what a dataset has."""
    if info.contents:
        yield from info.contents.lines()
    if info.dtype == "uint8":
        size = "x".join(map(str, info.shape[:2]))
        crop = decoding.crop_name(info.crop)
        words = decoding.CROP_WORDS.get(crop, crop)
        yield contents.row("crop", f"{words}, then {size} by {info.resize}")
    if info.skipped:
        file = info.directory / SKIPPED_FILE
        yield contents.row("skipped", f"{info.skipped:,}, see {file}")


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
    directory = paths.converted(
        data_dir, entry.name, resolve(entry, options).image_size
    )
    if (directory / paths.INFO).is_file() and not options.renew:
        info = load_unchanged(directory, options)
        if not is_stale(info, paths.raw(data_dir, entry.name)):
            return info
        logging.warning(
            "the raw files of %s have changed since %s was made: converting them again",
            entry.name, directory,
        )  # fmt: skip
        options = as_before(info, options)
    return make(entry, data_dir, directory, options)


def make(
    entry: catalogue.Entry, data_dir: Path, directory: Path, options: ConversionOptions
) -> Info:
    """Makes a dataset of the raw files; raises what `convert` raises."""
    spec = resolve(entry, options)
    raw = raw_files(entry, data_dir)
    announce(entry.name, directory, data_dir)
    census = origin.census([raw])
    tolerated = options.bad_images
    if tolerated is None:
        tolerated = shard_plan.MAX_UNUSABLE

    count = options.workers or workers.default()
    workshop = paths.workshop(directory)
    with files.lock_directory(workshop), workers.pool(shard.write, count) as write:
        items = formats.read(raw, entry)
        shard.check_crop(items, spec)
        seed = options.seed or 0
        reports, fingerprint = shard_plan.make(
            workshop, items, spec, seed, census.digest, write, tolerated
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
            raw=census,
            tolerated=tolerated,
            contents=contents_of(items, raw, reports),
        )
        finish(info, reports, workshop)
    known = catalogue.CATALOGUE.get(entry.name)
    if not known or spec.image_size > known.image_size:
        warn_of_enlarged(info)
    return info


def announce(name: str, directory: Path, data_dir: Path) -> None:
    """Says which conversion begins, and which others there are."""
    others = [paths.converted(data_dir, name, n) for n in paths.sizes(data_dir, name)]
    there = ", ".join(path.name for path in others if path != directory)
    also = f" (there is {there})" if there else ""
    print(f"converting {name} to {directory}{also}", file=sys.stderr, flush=True)


def warn_of_enlarged(info: Info) -> None:
    """Warns if most images are smaller than they are stored."""
    if not (info.contents and info.contents.sizes):
        return
    width, height = info.contents.sizes.median
    stored = info.shape[0]
    if max(width, height) < stored:
        logging.warning(
            "most images of %s are smaller than %dx%d (median %dx%d): they were "
            "enlarged, which adds cost and no detail; a smaller --image_size avoids it",
            info.dataset, stored, stored, width, height,
        )  # fmt: skip


def is_stale(info: Info, raw: Path) -> bool:
    """Returns whether raw files are there, and are others than a dataset was made of.

    Older datasets do not say what they were made of, and count as unchanged.
    """
    return info.raw is not None and raw.is_dir() and info.raw != origin.census([raw])


def contents_of(
    items: raw_items.RawItems, raw: Path, reports: Sequence[shard.ShardReport]
) -> contents.Contents:
    """Returns what a dataset has, by its raw items and the reports of its shards."""
    known = origin.load(raw)
    sizes: collections.Counter[tuple[int, int]] = collections.Counter()
    converted: collections.Counter[str] = collections.Counter()
    for report in reports:
        converted.update(report.converted)
        for size, count in report.sizes.items():
            width, height = map(int, size.split("x"))
            sizes[width, height] += count

    skipped = [key for report in reports for key in report.skipped]
    left = known.left if known else {}
    return contents.of_items(items, left, skipped, sizes, converted)


def load_unchanged(directory: Path, options: ConversionOptions) -> Info:
    """Returns the dataset that is there; UserError if it has other options."""
    info = Info.load(directory)
    crop = crop_of(options, "") if options.crop or options.pad_colour else None
    flags = {
        "crop": crop, "resize": options.resize, "seed": options.seed,
        "channels": options.channels,
    }  # fmt: skip
    made = {"resize": info.resize, "seed": info.seed, "channels": info.shape[2]}
    if info.dtype == "uint8":
        made["crop"] = decoding.crop_name(info.crop)
    for key, value in flags.items():
        if value is not None and value != made.get(key):
            raise UserError(
                f"{directory} was made with --{key} {made.get(key)}, not {value}: add "
                "--renew to replace it"
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


def finish(info: Info, reports: Sequence[shard.ShardReport], workshop: Path) -> None:
    """Replaces the dataset that is there by the shards of the workshop.

    Then writes skipped.txt, the preview and info.json; removes what is left over.
    """
    info.directory.mkdir(exist_ok=True)
    (info.directory / paths.INFO).unlink(missing_ok=True)
    for one in info.shards:
        (workshop / one.name).replace(info.directory / one.name)
    shutil.rmtree(workshop)

    skipped = {key: why for report in reports for key, why in report.skipped.items()}
    skipped_file = info.directory / SKIPPED_FILE
    if skipped:
        lines = "".join(f"{key}\t{skipped[key]}\n" for key in sorted(skipped))
        files.write(skipped_file, lines)
    else:
        skipped_file.unlink(missing_ok=True)

    preview.write(info)
    info.save()

    names = {shard.name for shard in info.shards}
    for path in info.directory.glob(f"{info.dataset}-*.tfrecord*"):
        if path.name not in names:
            path.unlink()
