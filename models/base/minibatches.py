"""What a model is trained on: minibatches by key, checked, with images as floats."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.base import pixels

Batch = dict[str, tf.Tensor]  # images are float [B, H, W, C]
LABEL = "label"  # the one key that is no image
LIMIT = 1 + 1e-3  # of floats; resizing and rounding go a little beyond 1


def for_step(model: Any, data: Any) -> list[Batch]:
    """Returns a step's minibatches of what `train_step` takes.

    Args:
        model: a GenerativeModel.
        data: a minibatch as `named` takes it, or a list of dicts.

    Raises:
        ValueError: they are too few or too many, or one does not fit the model.
    """
    several = isinstance(data, Sequence) and all(isinstance(b, Mapping) for b in data)
    batches = [named(model.reads, batch) for batch in (data if several else [data])]

    if len(batches) != model.batches_per_step:
        raise ValueError(
            f"a step of {title(model)} takes {model.batches_per_step} minibatches "
            f"(n_critic), not {len(batches)}: pass a list of as many dicts"
        )

    for batch in batches:
        check(model, batch)
        if not any(map(tf.is_symbolic_tensor, batch.values())):
            check_values(model, batch)
    return [{key: as_tensor(key, b[key]) for key in model.reads} for b in batches]


def named(reads: Sequence[str], data: Any) -> dict[str, Any]:
    """Returns arrays, tensors or their specs by key.

    Args:
        reads: the keys that a model reads.
        data: a dict, a tuple in the order of `reads`, or what the first key stands for.
    """
    if not isinstance(data, Mapping):
        parts = data if isinstance(data, tuple) else (data,)
        data = dict(zip(reads, parts, strict=False))  # labels may not be read
    return {key: as_array(values) for key, values in data.items()}


def as_array(values: Any) -> Any:
    """Returns values that have a shape as they are, numbers as an array.

    Raises:
        ValueError: they are neither.
    """
    if hasattr(values, "shape"):
        return values
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"a {type(values).__name__} is no array of images: pass NumPy arrays, "
            "tensors, a dict of them, or (to fit) a tf.data.Dataset"
        )
    return array


def check(model: Any, batch: Mapping[str, Any]) -> None:
    """Raises a ValueError unless keys, shapes and dtypes are those a model reads."""
    if not set(model.reads) <= batch.keys():
        raise ValueError(
            f"{title(model)} reads {' and '.join(model.reads)}, and was given "
            f"{described(batch)}: pass a dict with these keys, or a tuple in this order"
        )
    for key in model.reads:
        (check_labels if key == LABEL else check_images)(model, key, batch[key])

    rows = {tf.TensorShape(batch[key].shape)[0] for key in model.reads} - {None}
    if len(rows) > 1:
        raise ValueError(f"{described(batch)} differ in length: pass as many of each")
    if rows and min(rows) < model.least_batch:
        raise ValueError(
            f"a minibatch of {min(rows)} is too small for {title(model)}: at least "
            f"{model.least_batch}"
        )


def check_images(model: Any, key: str, images: Any) -> None:
    """Raises a ValueError unless images are uint8 or floats of the model's shape."""
    shape, dtype = tf.TensorShape(images.shape), tf.as_dtype(images.dtype)
    if shape.rank != 4 or not shape[1:].is_compatible_with(model.image_shape):
        wanted = ", ".join(map(str, model.image_shape))
        raise ValueError(
            f"{described({key: images})} does not fit this {title(model)}, which takes "
            f"[n, {wanted}]: reshape the images (images[..., None] adds a channel), "
            "resize them, or build the model for theirs with models.create"
        )
    if dtype != tf.uint8 and not dtype.is_floating:
        raise ValueError(
            f"{described({key: images})} is neither uint8 (0 to 255) nor float (-1 to "
            "1): convert it, for example with images.astype('uint8')"
        )


def check_labels(model: Any, key: str, labels: Any) -> None:
    """Raises a ValueError unless labels are integers, one for each image."""
    dtype = tf.as_dtype(labels.dtype)
    if tf.TensorShape(labels.shape).rank != 1 or not dtype.is_integer:
        raise ValueError(
            f"{described({key: labels})} must be integers [n], the number of each "
            "image's class: np.argmax(labels, axis=1) makes them of one-hot rows, "
            "labels[:, 0] of a column"
        )


def check_values(model: Any, batch: Mapping[str, Any]) -> None:
    """Raises a ValueError for floats outside [-1, 1], or labels of no class."""
    for key in model.reads:
        values = np.asarray(batch[key])
        low, high = values.min(initial=0), values.max(initial=0)
        if key == LABEL and not (low >= 0 and high < model.num_classes):
            raise ValueError(
                f"labels from {low} to {high} do not fit num_classes="
                f"{model.num_classes}: they count from 0; pass models.create a larger "
                "num_classes"
            )
        inside = model.kind == "points" or -LIMIT <= low <= high <= LIMIT
        if key != LABEL and values.dtype.kind == "f" and not inside:
            raise ValueError(
                f"{described(batch)} has values from {low:g} to {high:g}, and floats "
                "must be in [-1, 1]: use images / 127.5 - 1 for levels 0 to 255, "
                "or pass these as uint8"
            )


def as_tensor(key: str, values: Any) -> tf.Tensor:
    """Returns images as floats in [-1, 1], labels as int64."""
    values = tf.convert_to_tensor(values)
    if key == LABEL:
        return tf.cast(values, tf.int64)
    dtype = keras.config.floatx()
    return tf.cast(pixels.rescale({key: values}, dtype)[key], dtype)


def described(batch: Mapping[str, Any]) -> str:
    """Returns keys, shapes and dtypes as text: `image [4, 28, 28, 1] uint8`."""
    parts = []
    for key, values in batch.items():
        shape = tf.TensorShape(values.shape)
        text = list(shape) if shape.rank is not None else "of any shape"
        parts.append(f"{key} {text} {tf.as_dtype(values.dtype).name}")
    return ", ".join(parts)


def title(model: Any) -> str:
    """Returns the name of a model's class."""
    return type(model).__name__
