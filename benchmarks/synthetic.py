"""Datasets without a download: converted shards of noise, and archives of JPEGs.

Both are the same for the same arguments, whenever and wherever they are made.
"""

import dataclasses
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from common import files
from datasets import paths
from datasets.conversion import converter, shard, shard_plan
from datasets.info import Info, Shard
from datasets.sources import raw_items, stores

IMAGES = {"images": ("image",), "paired": ("source", "target")}
DIFFERENT = 16  # JPEGs; an archive has them again and again
COARSE = 6  # cells per side of a JPEG's large shapes
NOISE = 2  # deviation of its noise, of 255


def dataset(
    directory: Path,
    count: int,
    shape: tuple[int, int, int] = (64, 64, 3),
    kind: str = "images",
    classes: int = 0,
) -> Info:
    """A converted dataset of uniform noise, `images` or `paired`; made unless there.

    It lies in DIRECTORY/synthetic-KIND/SIZEpx, so `train.py --data_dir DIRECTORY
    --dataset synthetic-KIND` finds it. Image i has label i % classes, if any.
    """
    name = f"synthetic-{kind}"
    folder = paths.converted(directory, name, shape[0])
    info = Info(
        name, "all", count, 0, shape, tuple(f"{i}" for i in range(classes)),
        (), "none", "none", 0, "synthetic", "generated", (),
        images=IMAGES[kind], directory=folder,
    )  # fmt: skip
    if (folder / paths.INFO).is_file():
        there = Info.load(folder)
        same = ("count", "shape", "classes", "images")
        if all(getattr(there, key) == getattr(info, key) for key in same):
            return there
    workshop = paths.workshop(folder)
    workshop.mkdir(parents=True, exist_ok=True)
    reports = [shard.write(job) for job in jobs(info, workshop)]
    written = tuple(Shard(r.name, r.count, r.crc32c) for r in reports)
    info = dataclasses.replace(info, shards=written)
    converter.finish(info, reports, workshop)
    return info


def jobs(info: Info, workshop: Path) -> Iterator[shard.ShardJob]:
    """The shards' jobs, each with its own noise."""
    height, width, channels = info.shape
    across = width * len(info.images)  # a pair's images lie side by side
    shape = (height, across, channels) if channels > 1 else (height, across)
    spec = shard.ExampleSpec(height, channels, "none", "antialias", images=info.images)
    total = min(shard_plan.MAX_SHARDS, max(1, info.count // shard_plan.MIN_EXAMPLES))
    for number, positions in enumerate(np.array_split(np.arange(info.count), total)):
        rng = np.random.default_rng(number)
        noise = rng.integers(0, 256, (len(positions), *shape), np.uint8)
        labels = positions % len(info.classes) if info.classes else None
        items = raw_items.RawItems(
            [f"{i}" for i in positions], stores.PixelStore(noise), labels, None,
            info.classes,
        )  # fmt: skip
        name = f"{info.dataset}-{number + 1:05d}-of-{total:05d}.tfrecord"
        yield shard.ShardJob(workshop / name, items, spec, "")


def jpegs(
    directory: Path, count: int, width: int, height: int, quality: int = 90
) -> Path:
    """A zip of JPEGs, 0000001.jpg and so on, for `--source`; made unless it is there.

    Its images are few, repeated under new names.
    """
    path = directory / f"{count}-{width}x{height}-q{quality}.zip"
    if path.is_file():
        return path
    directory.mkdir(parents=True, exist_ok=True)
    different = [jpeg(i, width, height, quality) for i in range(DIFFERENT)]
    with files.appearing(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for i in range(count):
            member = zipfile.ZipInfo(f"{i + 1:07d}.jpg")
            archive.writestr(member, different[i % DIFFERENT])
    return path


def jpeg(number: int, width: int, height: int, quality: int) -> bytes:
    """A JPEG of smooth coloured shapes and some noise."""
    rng = np.random.default_rng(number)
    cells = rng.integers(0, 256, (COARSE, COARSE, 3), np.uint8)
    smooth = Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)
    noise = rng.normal(0, NOISE, (height, width, 1))
    pixels = (np.asarray(smooth) + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()
