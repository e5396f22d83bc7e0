"""Batches of a converted dataset for training.

The order is a uniform permutation of all examples, drawn anew for each epoch from
(seed, epoch): shards are memory-mapped, and a batch is gathered from wherever its
examples lie. So the position in a run is one number, the batch's, and a resumed run
neither stores more nor reads batches again. All of it is TensorFlow's own code: a
Python callback would hang the interpreter's exit while a batch is under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from common.errors import UserError
from datasets import splits
from datasets.info import Info
from datasets.pipeline import batch_keys
from datasets.pipeline.mapped_examples import MappedExamples

SALT_BIT = 61  # above any seed, below the sign of an int64
PARALLEL_BATCHES = 2  # gathered at a time
PREFETCHED_BATCHES = 8


def batches_per_epoch(
    info: Info, batch_size: int, reads: Sequence[str] = ("image",)
) -> int:
    """Returns the number of whole batches in an epoch, of two domains in the larger.

    Raises:
        UserError: the dataset has fewer examples than a batch.
    """
    all_streams = batch_keys.of(info, reads)
    least = min(stream.info.count for stream in all_streams)
    if not 0 < batch_size <= least:
        raise UserError(
            f"batch size {batch_size} does not fit {info.dataset} with its "
            f"{least:,} examples: give --batch_size 1 to {least}"
        )
    return max(stream.per_epoch(batch_size) for stream in all_streams)


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
    """Returns endless global batches from number `start` on, in slices for replicas.

    Each element is a dict with the keys of `reads`: `image` uint8 [n, H, W, C] (float32
    [n, 1, 1, 2] in [-1, 1] of points), `label` int64 [n], `attributes` int64 [n, A] in
    {0, 1}, `source` and `target` of the same pairs and `a` and `b` of independent ones
    like `image`, where n = batch_size / slices. Of each global batch come the slices
    first_slice ... first_slice + local_slices - 1, one after the other.

    Raises:
        UserError: the dataset lacks a key, has too few examples for a batch, or a batch
            cannot be shared by the replicas.
    """
    batches_per_epoch(info, batch_size, reads)  # raises if the batch does not fit
    if batch_size % slices:
        raise UserError(
            f"batch size {batch_size} cannot be shared by {slices} replicas: give a "
            f"multiple of {slices}"
        )

    local = Slices(batch_size, slices, first_slice, local_slices)
    flows = [flow(stream, local, seed, start) for stream in batch_keys.of(info, reads)]
    merged = flows[0]
    if len(flows) > 1:
        merged = tf.data.Dataset.zip(*flows).map(lambda first, other: first | other)
    return merged.prefetch(PREFETCHED_BATCHES).with_options(unsharded())


@dataclass(frozen=True)
class Slices:
    """The slices of each global batch that this process reads."""

    batch_size: int
    slices: int
    first: int
    count: int


def flow(
    stream: batch_keys.Stream, local: Slices, seed: int, start: int
) -> tf.data.Dataset:
    """Returns a stream's endless slices from those of batch number `start` on."""
    per_epoch = stream.per_epoch(local.batch_size)
    first_epoch, first_batch = divmod(start, per_epoch)
    n = local.batch_size // local.slices
    salted = seed + (stream.salt << SALT_BIT)

    def epoch_slices(epoch: tf.Tensor) -> tf.data.Dataset:
        order = permutation(stream.info.count, salted, epoch)  # [count]
        order = order[: per_epoch * local.batch_size]
        order = tf.reshape(order, [per_epoch, local.slices, n])
        order = order[:, local.first : local.first + local.count]
        order = tf.reshape(order, [per_epoch * local.count, n])
        return tf.data.Dataset.from_tensor_slices(order)

    examples = MappedExamples(stream.info)

    def values(positions: tf.Tensor) -> dict[str, tf.Tensor]:
        by_feature = examples.take(positions, tuple(stream.features.values()))
        return {key: by_feature[feature] for key, feature in stream.features.items()}

    return (
        tf.data.Dataset.range(first_epoch, tf.int64.max)
        .flat_map(epoch_slices)
        .skip(first_batch * local.count)
        .map(values, num_parallel_calls=PARALLEL_BATCHES, deterministic=True)
    )


def permutation(count: int, seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """Returns a uniform permutation of range(count), int64 [count]."""
    # Sorting 64 random bits each: equal ones, which would bias it, do not occur.
    keys = tf.random.stateless_uniform(
        [count], tf.stack([tf.cast(seed, tf.int64), epoch]), None, None, tf.int64,
        alg="philox",
    )  # fmt: skip
    return tf.cast(tf.argsort(keys), tf.int64)


def unsharded() -> tf.data.Options:
    """Returns options by which tf.distribute takes the slices as they are.

    Without optimizations, which would copy the captured shards into a graph first, and
    without autotuning: there is nothing to tune, and its thread can hold up the exit of
    a process, whose step has failed, for a minute.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return options


def check_reads(info: Info, reads: Sequence[str]) -> None:
    """Raises UserError for a key that the dataset lacks."""
    batch_keys.of(info, reads)


def first_of(part: Info, count: int, reads: Sequence[str]) -> dict[str, tf.Tensor]:
    """Returns the first examples in the order of the shards, repeated if too few."""
    positions = tf.range(count, dtype=tf.int64) % part.count
    return MappedExamples(part).take(positions, reads)


def preview(info: Info, count: int) -> dict[str, tf.Tensor]:
    """Returns examples for pictures, held out from training if there are such.

    Images are uint8 [count, H, W, C] (points float32) in the order of the shards.
    Pairs: `source` and `target`, which are `a` and `b` too. Unpaired: `a` and `b`.
    Others: `image`, and `label` int64 [count] where there are classes.
    """
    split = info.held_out or "train"
    if info.kind == "unpaired":
        parts = {domain.lower(): info.part(split + domain) for domain in splits.DOMAINS}
        return {
            key: first_of(part, count, ("image",))["image"]
            for key, part in parts.items()
        }

    part = info.part(split) if split in info.parts else info
    if info.kind == "paired":
        pairs = first_of(part, count, batch_keys.PAIR_KEYS)
        return pairs | {"a": pairs["source"], "b": pairs["target"]}
    return first_of(part, count, ("image", "label") if info.classes else ("image",))
