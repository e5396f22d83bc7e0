"""A source's items spread over shards: which, in what order, and what came of it."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import tqdm

from common.errors import UserError
from datasets import paths, splits
from datasets.conversion import shard, workers
from datasets.sources import decoding, raw_items

MAX_SHARDS = 128  # of a part
SHARD_COUNT = 64  # examples that a shard has at least
MAX_BAD = 0.01
LISTED = 5  # unusable images that an error names


def make(
    directory: Path,
    source: raw_items.Source,
    settings: shard.Settings,
    seed: int,
    raw_stamp: str,
    write: workers.Run,
) -> tuple[list[shard.Report], str]:
    """Writes all shards; their reports in order, and a fingerprint of the raw items.

    `write` yields what `shards.write` makes of jobs.
    """
    orders = shuffled(source, seed)
    jobs = plan(directory, source, orders, settings, raw_stamp)
    reports = collect(write(jobs), source, directory)
    return reports, fingerprint(source, orders, reports)


def shuffled(source: raw_items.Source, seed: int) -> dict[str, np.ndarray]:
    """Part -> the positions of its items in the order of its shards."""
    rng = np.random.default_rng(seed)
    found = source.parts or {"train": np.arange(len(source))}
    return {part: rng.permutation(positions) for part, positions in found.items()}


def plan(
    directory: Path,
    source: raw_items.Source,
    orders: dict[str, np.ndarray],
    settings: shard.Settings,
    raw_stamp: str,
) -> Iterator[shard.Job]:
    """The shards' jobs; each is made when it is asked for."""
    for part, order in orders.items():
        total = min(MAX_SHARDS, max(1, len(order) // SHARD_COUNT))
        name = directory.parent.name + ("" if part == "train" else f"-{part}")
        for number, positions in enumerate(np.array_split(order, total), 1):
            path = directory / f"{name}-{number:05d}-of-{total:05d}.tfrecord"
            taken = source.take(positions)
            yield shard.Job(path, taken, settings, raw_stamp, part)


def collect(
    written: Iterable[shard.Report], source: raw_items.Source, directory: Path
) -> list[shard.Report]:
    """The reports in the shards' order; UserError when too much is unusable."""
    reports = []
    skipped: dict[str, str] = {}
    raw = paths.raw(directory.parents[1], directory.parent.name)
    with tqdm.tqdm(
        total=len(source), desc="converting", unit=" images", disable=None
    ) as bar:
        try:
            for report in written:
                reports.append(report)
                skipped |= report.skipped
                bar.update(len(report.raw_crcs))
                if len(skipped) > MAX_BAD * len(source):
                    break
        except decoding.NotAPairError as error:
            shutil.rmtree(directory)
            raise UserError(
                f"{error}; mend or remove it, remove {raw} and download again"
            ) from error
    if len(skipped) > MAX_BAD * len(source):
        shutil.rmtree(directory)
        listed = "; ".join(f"{k}: {why}" for k, why in sorted(skipped.items())[:LISTED])
        raise UserError(
            f"over {MAX_BAD:.0%} of the {len(source):,} images are unusable "
            f"({listed}); mend or remove them, remove {raw} and download again"
        )
    return sorted(reports, key=lambda r: (splits.ORDER.index(r.part), r.name))


def fingerprint(
    source: raw_items.Source,
    orders: dict[str, np.ndarray],
    reports: Sequence[shard.Report],
) -> str:
    """SHA-256 over (key, CRC-32C of the raw bytes) in the keys' order."""
    crcs = np.empty(len(source), np.uint32)
    order = np.concatenate(list(orders.values()))
    crcs[order] = np.concatenate([report.raw_crcs for report in reports])
    digest = hashlib.sha256()
    for key, crc in zip(source.keys, crcs.tolist(), strict=True):
        digest.update(f"{key}\0{crc:08x}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
