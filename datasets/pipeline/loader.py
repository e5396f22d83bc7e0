"""A converted dataset as batches for training.

The order is a uniform permutation of all examples, drawn anew for each epoch from
(seed, epoch): shards are memory-mapped, and a batch is gathered from wherever its
examples lie. So the position in a run is one number, the batch's, and nothing has to be
stored or read again to resume. All of it is TensorFlow's own code: a Python callback
would hang the interpreter's exit while a batch is under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from common.errors import UserError
from datasets import paths, tfrecord
from datasets.info import Info
from datasets.pipeline import streams

SALT_BIT = 61  # above any seed, below the sign of an int64
READERS = 2  # batches gathered at a time
READY = 8  # batches that wait to be used


def batches_per_epoch(
    info: Info, batch_size: int, reads: Sequence[str] = ("image",)
) -> int:
    """Whole batches in an epoch; of two domains, in one of the larger."""
    found = streams.of(info, reads)
    least = min(stream.info.count for stream in found)
    if not 0 < batch_size <= least:
        raise UserError(
            f"batch size {batch_size} does not fit {info.dataset} with its "
            f"{least:,} examples: give --batch_size 1 to {least}"
        )
    return max(stream.per_epoch(batch_size) for stream in found)


def batches(
    info: Info,
    batch_size: int,
    seed: int,
    start: int = 0,
    reads: Sequence[str] = ("image",),
    slices: int = 1,
    first_slice: int = 0,
    local_slices: int = 1,
) -> tf.data.Dataset:
    """Endless global batches from number `start` on, cut into slices for replicas.

    Each element is a dict of what `reads` names: `image` uint8 [n, H, W, C] (float32
    [n, 1, 1, 2] in [-1, 1] of points), `label` int64 [n], `attributes` int64 [n, A] in
    {0, 1}, `source` and `target` of the same pairs and `a` and `b` of independent ones
    like `image`, where n = batch_size / slices. Of each global batch come the slices
    first_slice ... first_slice + local_slices - 1, one after the other.
    """
    batches_per_epoch(info, batch_size, reads)  # refuses a batch that does not fit
    if batch_size % slices:
        raise UserError(
            f"batch size {batch_size} cannot be shared by {slices} replicas: give a "
            f"multiple of {slices}"
        )
    local = Slices(batch_size, slices, first_slice, local_slices)
    found = [flow(stream, local, seed, start) for stream in streams.of(info, reads)]
    merged = found[0]
    if len(found) > 1:
        merged = tf.data.Dataset.zip(*found).map(lambda first, other: first | other)
    return merged.prefetch(READY).with_options(unsharded())


@dataclass(frozen=True)
class Slices:
    """The part of each global batch that is wanted here."""

    batch_size: int
    slices: int
    first: int
    count: int


def flow(
    stream: streams.Stream, local: Slices, seed: int, start: int
) -> tf.data.Dataset:
    """A stream's endless slices from those of batch number `start` on."""
    per_epoch = stream.per_epoch(local.batch_size)
    first_epoch, first_batch = divmod(start, per_epoch)
    n = local.batch_size // local.slices
    salted = seed + (stream.salt << SALT_BIT)

    def epoch_slices(epoch: tf.Tensor) -> tf.data.Dataset:
        order = permutation(stream.info.count, salted, epoch)
        order = order[: per_epoch * local.batch_size]
        order = tf.reshape(order, [per_epoch, local.slices, n])
        order = order[:, local.first : local.first + local.count]
        order = tf.reshape(order, [per_epoch * local.count, n])
        return tf.data.Dataset.from_tensor_slices(order)

    examples = Examples(stream.info)

    def values(positions: tf.Tensor) -> dict[str, tf.Tensor]:
        taken = examples.take(positions, tuple(stream.features.values()))
        return {key: taken[feature] for key, feature in stream.features.items()}

    return (
        tf.data.Dataset.range(first_epoch, tf.int64.max)
        .flat_map(epoch_slices)
        .skip(first_batch * local.count)
        .map(values, num_parallel_calls=READERS, deterministic=True)
    )


def permutation(count: int, seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """A uniform permutation of range(count), int64 [count], for (seed, epoch)."""
    # Sorting 64 random bits each: equal ones, which would bias it, do not occur.
    keys = tf.random.stateless_uniform(
        [count], tf.stack([tf.cast(seed, tf.int64), epoch]), None, None, tf.int64,
        alg="philox",
    )  # fmt: skip
    return tf.cast(tf.argsort(keys), tf.int64)


def unsharded() -> tf.data.Options:
    """Tells tf.distribute that the slices are the sharding.

    Optimizing would put what the functions capture, all shards, into a graph first.
    """
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return options


def check_reads(info: Info, reads: Sequence[str]) -> None:
    """Raises UserError for a key that the examples lack."""
    streams.of(info, reads)


def first_of(part: Info, count: int, reads: Sequence[str]) -> dict[str, tf.Tensor]:
    """The first examples of a part in the order of its shards; few begin again."""
    positions = tf.range(count, dtype=tf.int64) % part.count
    return Examples(part).take(positions, reads)


def shown(info: Info, count: int) -> dict[str, tf.Tensor]:
    """Examples for pictures, not for training where the dataset has such a part.

    Images are uint8 [count, H, W, C] (points float32) in the order of the shards.
    Pairs: `source` and `target`, which are `a` and `b` too. Unpaired: `a` and `b`.
    Others: `image`, and `label` int64 [count] where there are classes.
    """
    split = info.held_out or "train"
    if info.kind == "unpaired":
        sides = (first_of(info.part(split + side), count, ("image",)) for side in "AB")
        return {
            key: side["image"] for key, side in zip(streams.DOMAINS, sides, strict=True)
        }
    part = info.part(split) if split in info.parts else info
    if info.kind == "paired":
        pairs = first_of(part, count, streams.PAIRS)
        return pairs | {"a": pairs["source"], "b": pairs["target"]}
    return first_of(part, count, ("image", "label") if info.classes else ("image",))


def verify(info: Info) -> None:
    """Raises UserError naming the first shard that is missing or not as written."""
    for shard in info.shards:
        path = info.directory / shard.name
        size = shard.count * info.layout.stride
        if not path.is_file():
            problem = "is missing"
        elif path.stat().st_size != size:
            problem = f"has {path.stat().st_size:,} bytes instead of {size:,}"
        elif tfrecord.crc32c(path) != shard.crc32c:
            problem = "is damaged (its CRC-32C is wrong)"
        else:
            continue
        raise UserError(
            f"{path} {problem}: run `python convert.py {info.dataset} --image_size "
            f"{info.shape[0]} --renew{paths.flag(info.directory.parents[1])}`"
        )


def rescale(batch: dict[str, tf.Tensor], dtype: str) -> dict[str, tf.Tensor]:
    """Returns the batch with its uint8 images as floats in [-1, 1]: x / 127.5 - 1."""
    return {
        key: tf.cast(value, dtype) / 127.5 - 1.0 if value.dtype == tf.uint8 else value
        for key, value in batch.items()
    }


def mapped(path: Path, count: int, stride: int) -> tf.Tensor:
    """A shard as uint8 [count, stride], mapped and not read."""
    # Not by tf.raw_ops.ImmutableConst: below 10 MiB that is folded into a copy. And
    # copied on write, because DLPack does not take what is read-only.
    rows = np.memmap(path, np.uint8, "c", shape=(count, stride))
    return tf.experimental.dlpack.from_dlpack(rows.__dlpack__())


class Examples:
    """Random access to a dataset's examples in its memory-mapped shards."""

    def __init__(self, info: Info):
        self.info = info
        shards = [shard for shard in info.shards if shard.count]
        self.shards = [
            mapped(info.directory / shard.name, shard.count, info.layout.stride)
            for shard in shards
        ]
        ends = tf.cumsum([shard.count for shard in shards])
        self.first = tf.cast(tf.concat([[0], ends[:-1]], 0), tf.int64)

    def take(self, positions: tf.Tensor, reads: Sequence[str]) -> dict[str, tf.Tensor]:
        """The values of the examples at some positions [n], by key."""
        shard = tf.searchsorted(self.first, positions, "right", tf.int64) - 1
        row = positions - tf.gather(self.first, shard)
        shard = tf.cast(shard, tf.int32)
        n = positions.shape[0]
        rows = tf.dynamic_partition(row, shard, len(self.shards))
        places = tf.dynamic_partition(tf.range(n), shard, len(self.shards))
        found = [
            tf.gather(content, index)
            for content, index in zip(self.shards, rows, strict=True)
        ]
        taken = tf.ensure_shape(
            tf.dynamic_stitch(places, found), [n, self.info.layout.stride]
        )
        return {key: self.values(key, taken) for key in reads}

    def values(self, key: str, taken: tf.Tensor) -> tf.Tensor:
        """One feature of whole records, uint8 [n, stride]."""
        layout = self.info.layout
        start, length = layout.spans[key]
        values = taken[:, start : start + length]
        if key in self.info.images:
            if self.info.dtype == "float32":
                values = tf.bitcast(tf.reshape(values, [-1, length // 4, 4]), "float32")
            return tf.reshape(values, [-1, *self.info.shape])
        values = tf.cast(values, tf.int64)
        if key == "attributes":
            return values
        shifts = 7 * tf.range(length, dtype=tf.int64)  # a varint's groups of bits
        return tf.reduce_sum(tf.bitwise.left_shift(values & 0x7F, shifts), axis=1)
