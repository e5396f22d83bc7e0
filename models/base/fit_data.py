"""What `fit` trains on: a tf.data.Dataset of steps, from arrays or minibatches."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from models.base import minibatches
from models.base.minibatches import Batch


def of_arrays(model: Any, data: Any, batch_size: int, shuffle: bool) -> tf.data.Dataset:
    """Returns minibatches of arrays, in a new order in each epoch if `shuffle`.

    Raises:
        ValueError: the arrays do not fit the model, or are too short for a step.
    """
    arrays = minibatches.named(model.reads, data)
    check_data(model, arrays)
    count = len(arrays[model.reads[0]])
    if count < batch_size * model.batches_per_step:
        raise ValueError(
            f"{minibatches.described(arrays)} is too little for a step of "
            f"{model.batches_per_step} minibatches of {batch_size}: pass fit a smaller "
            "batch_size"
        )

    with tf.device("CPU"):
        examples = {key: tf.convert_to_tensor(arrays[key]) for key in model.reads}
    order = tf.data.Dataset.range(count)
    if shuffle:
        order = order.shuffle(count, seed=model.seed)
    return order.batch(batch_size, drop_remainder=True).map(
        lambda rows: {key: tf.gather(x, rows) for key, x in examples.items()}
    )


def check_data(model: Any, batch: Mapping[str, Any]) -> None:
    """Raises a ValueError if data do not fit; warns if floats may lie in [0, 1]."""
    minibatches.check(model, batch)
    minibatches.check_values(model, batch)
    for key in model.reads:
        values = np.asarray(batch[key])
        if model.kind != "points" and values.dtype.kind == "f" and values.min() >= 0:
            warnings.warn(
                f"{minibatches.described({key: values})} has values from "
                f"{values.min():g} to {values.max():g}, and black is -1: if black is 0 "
                "in these images, use 2 * images - 1",
                stacklevel=4,
            )


def of_dataset(
    model: Any, dataset: tf.data.Dataset, steps_per_epoch: int | None
) -> tf.data.Dataset:
    """Returns the minibatches of a dataset, by key; the first one is checked.

    Raises:
        ValueError: they do not fit the model, or differ in size where they must not, or
            neither they nor an epoch have an end.
    """
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY and not steps_per_epoch:
        raise ValueError("the dataset has no end: pass fit steps_per_epoch")
    specs = minibatches.named(model.reads, dataset.element_spec)
    minibatches.check(model, specs)
    sizes = [specs[key].shape[0] for key in model.reads]
    if None in sizes and max(model.batches_per_step, model.least_batch) > 1:
        raise ValueError(
            f"{minibatches.described(specs)} may differ in size from minibatch to "
            "minibatch: batch the dataset with drop_remainder=True"
        )

    first = next(iter(dataset), None)
    if first is None:
        raise ValueError("the dataset is empty: fit needs at least one minibatch")
    check_data(model, minibatches.named(model.reads, first))

    def by_key(*parts: Any) -> Batch:
        batch = minibatches.named(model.reads, parts if len(parts) > 1 else parts[0])
        return {key: batch[key] for key in model.reads}

    return dataset.map(tf.autograph.experimental.do_not_convert(by_key))


def grouped(model: Any, dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Returns what `train_step` takes, each time: a minibatch, or a tuple of some."""
    count = model.batches_per_step
    if count == 1:
        return dataset.prefetch(tf.data.AUTOTUNE)

    def separate(several: Batch) -> tuple[Batch, ...]:
        parts = {key: tf.unstack(x, count) for key, x in several.items()}
        return tuple({key: parts[key][i] for key in parts} for i in range(count))

    separate = tf.autograph.experimental.do_not_convert(separate)
    several = dataset.batch(count, drop_remainder=True)  # [count, B, ...]
    return several.map(separate).prefetch(tf.data.AUTOTUNE)
