"""Pixels as floats in [-1, 1] and as uint8: the only place that converts them."""

import numpy as np
import tensorflow as tf


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Returns floats in [-1, 1] as uint8 of the same shape; what is outside is cut."""
    return np.clip(np.rint((np.float32(images) + 1) * 127.5), 0, 255).astype(np.uint8)


def to_rgb(images: np.ndarray) -> np.ndarray:
    """Returns [N, H, W, 1 or 3] floats in [-1, 1] as [N, H, W, 3] uint8."""
    return np.broadcast_to(to_uint8(images), (*images.shape[:3], 3))


def to_floats(levels: np.ndarray) -> np.ndarray:
    """Returns uint8 of any shape as float32 in [-1, 1]."""
    return levels.astype(np.float32) / 127.5 - 1


def rescale(batch: dict[str, tf.Tensor], dtype: str) -> dict[str, tf.Tensor]:
    """Returns the batch with its uint8 images as floats in [-1, 1]: x / 127.5 - 1."""
    return {
        key: tf.cast(value, dtype) / 127.5 - 1.0 if value.dtype == tf.uint8 else value
        for key, value in batch.items()
    }
