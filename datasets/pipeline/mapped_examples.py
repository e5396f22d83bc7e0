"""Examples of a converted dataset, gathered from its memory-mapped shards."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from datasets.info import Info
from datasets.pipeline import shard_check


def map_shard(path: Path, count: int, stride: int) -> tf.Tensor:
    """Returns a shard as uint8 [count, stride], mapped and not read."""
    # Not by tf.raw_ops.ImmutableConst: below 10 MiB that is folded into a copy. Mode c,
    # copy on write, because DLPack refuses read-only arrays.
    rows = np.memmap(path, np.uint8, "c", shape=(count, stride))
    return tf.experimental.dlpack.from_dlpack(rows.__dlpack__())


class MappedExamples:
    """A dataset's examples in memory-mapped shards, with random access.

    Nothing is read from a shard that is not as it was written: DamagedShardError.
    """

    def __init__(self, info: Info):
        shard_check.verify(info)
        self.info = info
        shards = [shard for shard in info.shards if shard.count]
        self.shards = [
            map_shard(info.directory / shard.name, shard.count, info.layout.stride)
            for shard in shards
        ]
        ends = tf.cumsum([shard.count for shard in shards])
        self.first = tf.cast(tf.concat([[0], ends[:-1]], 0), tf.int64)

    def take(self, positions: tf.Tensor, reads: Sequence[str]) -> dict[str, tf.Tensor]:
        """Returns the values of the examples at some positions [n], by key."""
        shard = tf.searchsorted(self.first, positions, "right", tf.int64) - 1
        row = positions - tf.gather(self.first, shard)
        shard = tf.cast(shard, tf.int32)

        n = positions.shape[0]
        rows = tf.dynamic_partition(row, shard, len(self.shards))
        places = tf.dynamic_partition(tf.range(n), shard, len(self.shards))
        by_shard = [
            tf.gather(content, index)
            for content, index in zip(self.shards, rows, strict=True)
        ]
        records = tf.dynamic_stitch(places, by_shard)
        records = tf.ensure_shape(records, [n, self.info.layout.stride])
        return {key: self.values(key, records) for key in reads}

    def values(self, key: str, records: tf.Tensor) -> tf.Tensor:
        """Returns one feature of whole records, uint8 [n, stride]."""
        layout = self.info.layout
        start, length = layout.spans[key]
        values = records[:, start : start + length]
        if key in self.info.images:
            if self.info.dtype == "float32":
                values = tf.bitcast(tf.reshape(values, [-1, length // 4, 4]), "float32")
            return tf.reshape(values, [-1, *self.info.shape])

        values = tf.cast(values, tf.int64)
        if key == "attributes":
            return values
        shifts = 7 * tf.range(length, dtype=tf.int64)  # a varint's groups of bits
        return tf.reduce_sum(tf.bitwise.left_shift(values & 0x7F, shifts), axis=1)
