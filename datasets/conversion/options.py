"""The flags of convert.py, checked and filled with a dataset's defaults."""

import dataclasses
from dataclasses import dataclass

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import shard, workers
from datasets.images import decoding
from datasets.info import MAX_SIDE, Info

IMAGE_SIZES = range(4, MAX_SIDE + 1)
CHANNELS = (1, 3)


@dataclass(frozen=True)
class ConversionOptions:
    """The flags of convert.py; None means the dataset's default."""

    image_size: int | None = None
    crop: str | None = None
    resize: str | None = None
    seed: int | None = None
    workers: int | None = None
    renew: bool = False
    bad_images: float | None = None  # share that may be unusable
    pad_colour: str | None = None
    channels: int | None = None


def resolve(entry: catalogue.Entry, options: ConversionOptions) -> shard.ExampleSpec:
    """Returns the options with the dataset's defaults; UserError for a wrong one."""
    if options.workers not in (None, *range(1, workers.MAX_WORKERS + 1)):
        raise UserError(
            f"--workers {options.workers}: give 1 to {workers.MAX_WORKERS}, the limit"
        )
    if options.bad_images is not None and not 0 <= options.bad_images <= 1:
        raise UserError(
            f"--bad_images {options.bad_images}: give a share from 0 to 1, such as 0.05"
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

    channels = entry.channels if options.channels is None else options.channels
    if channels not in CHANNELS:
        raise UserError(f"--channels {channels}: give 1 (grey) or 3 (colours)")
    crop = crop_of(options, entry.crop)
    return shard.ExampleSpec(size, channels, crop, resize, images=entry.images)


def point_spec(entry: catalogue.Entry, options: ConversionOptions) -> shard.ExampleSpec:
    """Returns the spec of points; UserError for an option of images."""
    size = None if options.image_size == entry.image_size else options.image_size
    flags = {
        "image_size": size, "crop": options.crop, "resize": options.resize,
        "pad_colour": options.pad_colour, "channels": options.channels,
    }  # fmt: skip
    for key, value in flags.items():
        if value is not None:
            raise UserError(
                f"--{key} {value}: {entry.name} has points, not images; leave it out"
            )
    return shard.ExampleSpec(
        entry.image_size, entry.channels, "none", "none", entry.dtype
    )


def crop_of(options: ConversionOptions, default: str) -> str:
    """Returns the crop that the flags ask for, with the colour of its padding."""
    crop = decoding.crop_name(options.crop or default or "square")
    if options.pad_colour is None:
        return crop
    return decoding.padded_crop(crop, options.pad_colour)


def as_before(info: Info, options: ConversionOptions) -> ConversionOptions:
    """Returns options by which a dataset is made as it was."""
    points = info.dtype != "uint8"
    return dataclasses.replace(
        options,
        image_size=info.shape[0],
        crop=None if points else info.crop,
        resize=None if points else info.resize,
        seed=info.seed,
        channels=None if points else info.shape[2],
    )
