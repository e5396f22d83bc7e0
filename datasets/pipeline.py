"""A converted dataset as batches for training.

The order is a uniform permutation of all examples, drawn anew for each epoch from
(seed, epoch): shards are memory-mapped, and a batch is gathered from wherever its
examples lie. So the position in a run is one number, the batch's, and nothing has to be
stored or read again to resume. All of it is TensorFlow's own code: a Python callback
would hang the interpreter's exit while a batch is under way.
"""

from collections.abc import Sequence

import tensorflow as tf

from datasets import info, records, storage
from errors import UserError

READERS = 2  # batches gathered at a time
READY = 8  # batches that wait to be used


def batches_per_epoch(made: info.Info, batch_size: int) -> int:
    """Whole batches in an epoch; what remains is dropped."""
    if not 0 < batch_size <= made.count:
        raise UserError(
            f"batch size {batch_size} does not fit {made.dataset} with its "
            f"{made.count:,} examples: give --batch_size 1 to {made.count}"
        )
    return made.count // batch_size


def batches(
    made: info.Info,
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
    {0, 1}, where n = batch_size / slices. Of each global batch come the slices
    first_slice ... first_slice + local_slices - 1, one after the other.
    """
    check_reads(made, reads)
    if batch_size % slices:
        raise UserError(
            f"batch size {batch_size} cannot be shared by {slices} replicas: give a "
            f"multiple of {slices}"
        )
    per_epoch = batches_per_epoch(made, batch_size)
    first_epoch, first_batch = divmod(start, per_epoch)

    def epoch_slices(epoch: tf.Tensor) -> tf.data.Dataset:
        order = permutation(made.count, seed, epoch)[: per_epoch * batch_size]
        order = tf.reshape(order, [per_epoch, slices, batch_size // slices])
        order = order[:, first_slice : first_slice + local_slices]
        order = tf.reshape(order, [per_epoch * local_slices, batch_size // slices])
        return tf.data.Dataset.from_tensor_slices(order)

    examples = Examples(made)
    return (
        tf.data.Dataset.range(first_epoch, tf.int64.max)
        .flat_map(epoch_slices)
        .skip(first_batch * local_slices)
        .map(
            lambda positions: examples.take(positions, reads),
            num_parallel_calls=READERS,
            deterministic=True,
        )
        .prefetch(READY)
        .with_options(unsharded())
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
    """Tells tf.distribute that the slices are the sharding."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return options


def check_reads(made: info.Info, reads: Sequence[str]) -> None:
    """Raises UserError for a key that the examples lack."""
    for key in reads:
        if key not in made.keys:
            raise UserError(
                f"dataset {made.dataset} has no {key!r} (it has "
                f"{', '.join(made.keys)}): choose another dataset or model"
            )


def verify(made: info.Info) -> None:
    """Raises UserError naming the first shard that is missing or not as written."""
    for shard in made.shards:
        path = made.directory / shard.name
        size = shard.count * made.layout.stride
        if not path.is_file():
            problem = "is missing"
        elif path.stat().st_size != size:
            problem = f"has {path.stat().st_size:,} bytes instead of {size:,}"
        elif records.crc32c(path) != shard.crc32c:
            problem = "is damaged (its CRC-32C is wrong)"
        else:
            continue
        raise UserError(
            f"{path} {problem}: run `python convert.py {made.dataset} --image_size "
            f"{made.shape[0]} --renew{storage.flag(made.directory.parents[1])}`"
        )


class Examples:
    """Random access to a dataset's examples in its memory-mapped shards."""

    def __init__(self, made: info.Info):
        self.made = made
        shards = [shard for shard in made.shards if shard.count]
        with tf.device("CPU"):
            self.shards = [
                tf.raw_ops.ImmutableConst(  # maps the file, reads nothing
                    dtype=tf.uint8,
                    shape=[shard.count, made.layout.stride],
                    memory_region_name=str(made.directory / shard.name),
                )
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
            tf.dynamic_stitch(places, found), [n, self.made.layout.stride]
        )
        return {key: self.values(key, taken) for key in reads}

    def values(self, key: str, taken: tf.Tensor) -> tf.Tensor:
        """One feature of whole records, uint8 [n, stride]."""
        layout = self.made.layout
        start, length = layout.spans[key]
        values = taken[:, start : start + length]
        if key == "image":
            if self.made.dtype == "float32":
                values = tf.bitcast(tf.reshape(values, [-1, length // 4, 4]), "float32")
            return tf.reshape(values, [-1, *self.made.shape])
        values = tf.cast(values, tf.int64)
        if key == "attributes":
            return values
        shifts = 7 * tf.range(length, dtype=tf.int64)  # a varint's groups of bits
        return tf.reduce_sum(tf.bitwise.left_shift(values & 0x7F, shifts), axis=1)
