"""The division of raw items into shards, their order, and the reports of all shards."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.progress import Progress
from datasets import paths, splits
from datasets.conversion import shard, workers
from datasets.images import decoding
from datasets.sources import raw_items

MAX_SHARDS = 128  # of a part
MIN_EXAMPLES = 64  # in a shard, if its part has as many
MAX_UNUSABLE = 0.01  # share of all images, unless --bad_images says otherwise
MAX_LISTED = 5  # unusable images that an error names


def make(
    directory: Path,
    items: raw_items.RawItems,
    spec: shard.ExampleSpec,
    seed: int,
    raw_stamp: str,
    write: workers.ParallelMap,
    tolerated: float = MAX_UNUSABLE,
) -> tuple[list[shard.ShardReport], str]:
    """Writes all shards.

    Args:
        directory: where the shards appear.
        items: the raw items of all parts.
        spec: the form of the examples.
        seed: of the examples' order.
        raw_stamp: changes when the raw files do.
        write: yields `shard.write(job)` of each job.
        tolerated: share of the images that may be unusable.

    Returns:
        The reports in the shards' order, and a fingerprint of the raw items.
    """
    orders = shuffle(items, seed)
    jobs = plan(directory, items, orders, spec, raw_stamp)
    reports = collect(write(jobs), items, directory, tolerated)
    return reports, fingerprint(items, orders, reports)


def shuffle(items: raw_items.RawItems, seed: int) -> dict[str, np.ndarray]:
    """Returns part -> the positions of its items in the order of its shards."""
    rng = np.random.default_rng(seed)
    parts = items.parts or {"train": np.arange(len(items))}
    return {part: rng.permutation(positions) for part, positions in parts.items()}


def plan(
    directory: Path,
    items: raw_items.RawItems,
    orders: dict[str, np.ndarray],
    spec: shard.ExampleSpec,
    raw_stamp: str,
) -> Iterator[shard.ShardJob]:
    """Yields the shards' jobs, each with the items of its shard alone."""
    for part, order in orders.items():
        total = min(MAX_SHARDS, max(1, len(order) // MIN_EXAMPLES))
        name = directory.parent.name + ("" if part == "train" else f"-{part}")
        for number, positions in enumerate(np.array_split(order, total), 1):
            path = directory / f"{name}-{number:05d}-of-{total:05d}.tfrecord"
            yield shard.ShardJob(path, items.take(positions), spec, raw_stamp, part)


def collect(
    incoming: Iterable[shard.ShardReport],
    items: raw_items.RawItems,
    directory: Path,
    tolerated: float,
) -> list[shard.ShardReport]:
    """Returns the reports in the shards' order, and shows a bar while they come.

    Raises:
        UserError: an image is no pair, or too many are unusable. The shards are
            removed.
    """
    reports = []
    skipped: dict[str, str] = {}
    raw = paths.raw(directory.parents[1], directory.parent.name)

    with Progress(desc="images converted", total=len(items)) as bar:
        try:
            for report in incoming:
                reports.append(report)
                skipped |= report.skipped
                bar.update(len(report.raw_crcs))
                if len(skipped) > tolerated * len(items):
                    break
        except decoding.NotAPairError as error:
            shutil.rmtree(directory)
            raise UserError(
                f"{error}; mend or remove it, remove {raw} and download again"
            ) from error

    if len(skipped) > tolerated * len(items):
        shutil.rmtree(directory)
        first = sorted(skipped.items())[:MAX_LISTED]
        listed = "; ".join(f"{key}: {reason}" for key, reason in first)
        raise UserError(
            f"over {100 * tolerated:.4g}% of the {len(items):,} images are unusable "
            f"({listed}); mend or remove them, remove {raw} and download again, or "
            "tolerate a larger share by --bad_images"
        )
    return sorted(reports, key=lambda r: (splits.PARTS.index(r.part), r.name))


def fingerprint(
    items: raw_items.RawItems,
    orders: dict[str, np.ndarray],
    reports: Sequence[shard.ShardReport],
) -> str:
    """Returns the SHA-256 of (key, CRC-32C of the raw bytes) in the keys' order."""
    crcs = np.empty(len(items), np.uint32)
    order = np.concatenate(list(orders.values()))
    crcs[order] = np.concatenate([report.raw_crcs for report in reports])

    digest = hashlib.sha256()
    for key, crc in zip(items.keys, crcs.tolist(), strict=True):
        digest.update(f"{key}\0{crc:08x}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
