"""Training tricks ("GAN hacks") that every adversarial model has as options.

Soumith Chintala et al. 2016 list most of them. The model draws all its noise from one
generator, which a checkpoint holds.
"""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf

Prior = Literal["normal", "uniform", "unit", "sphere"]


def latents(rng: tf.random.Generator, shape, kind: str, dtype: str) -> tf.Tensor:
    """Noise [B, n]: N(0, 1), U(-1, 1), U(0, 1), or on the sphere of radius sqrt(n)."""
    if kind in ("uniform", "unit"):
        low = -1.0 if kind == "uniform" else 0.0
        return rng.uniform(shape, low, 1.0, dtype)
    z = rng.normal(shape, dtype=dtype)
    if kind == "normal":
        return z
    return z * (shape[1] ** 0.5 / tf.norm(z, axis=1, keepdims=True))


def fixed_latents(rng: np.random.Generator, shape, kind: str) -> np.ndarray:
    """The same distributions as `latents`, row by row from a NumPy stream."""
    if kind in ("uniform", "unit"):
        return rng.uniform(-1.0 if kind == "uniform" else 0.0, 1.0, shape)
    z = rng.standard_normal(shape)
    if kind == "normal":
        return z
    return z * shape[1] ** 0.5 / np.linalg.norm(z, axis=1, keepdims=True)


def flips(rng: tf.random.Generator, rows, share: float) -> tf.Tensor | None:
    """Noisy labels: True with probability `share`, [rows]; None where it is 0."""
    return rng.uniform((rows,)) < share if share else None


def exchanged(
    flips: tf.Tensor | None, real: tf.Tensor, fake: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Real and fake rows [B, ...], those that are flipped in each other's place."""
    if flips is None:
        return real, fake
    flips = tf.reshape(flips, [-1] + [1] * (len(real.shape) - 1))
    return tf.where(flips, fake, real), tf.where(flips, real, fake)


def instance_noise(
    rng: tf.random.Generator,
    images: tf.Tensor,
    deviation: float,
    step: tf.Tensor,
    steps: int,
) -> tf.Tensor:
    """Normal noise on what the discriminator sees, decaying linearly to 0 at `steps`.

    Sonderby et al. 2016, arXiv:1610.04490.
    """
    if not deviation:
        return images
    left = 1 - tf.cast(tf.minimum(step, steps), images.dtype) / steps
    return images + deviation * left * rng.normal(tf.shape(images), dtype=images.dtype)


def jitter(
    rng: tf.random.Generator, images: tf.Tensor, enlarge: float, flip: bool
) -> tf.Tensor:
    """Images [B, H, W, C] enlarged, cropped at random to H x W, half of them mirrored.

    Isola et al. 2017, arXiv:1611.07004, appendix 6.2: from 256 to 286 pixels and back.
    """
    _, height, width, _ = images.shape
    tall, wide = round(height * enlarge), round(width * enlarge)
    batch, big = tf.shape(images)[0], images
    if (tall, wide) != (height, width):
        big = tf.cast(tf.image.resize(images, (tall, wide)), images.dtype)

    def offsets(room: int) -> tf.Tensor:
        return tf.cast(rng.uniform((batch, 1)) * (room + 1), tf.int32)

    rows = offsets(tall - height) + tf.range(height)  # [B, H]
    columns = offsets(wide - width) + tf.range(width)
    if flip:
        mirrored = rng.uniform((batch, 1)) < 0.5
        columns = tf.where(mirrored, tf.reverse(columns, [1]), columns)
    big = tf.gather(big, rows, axis=1, batch_dims=1)
    return tf.gather(big, columns, axis=2, batch_dims=1)


def move_average(average: keras.Model, network: keras.Model, decay: float) -> None:
    """Lets average <- decay average + (1 - decay) network, batch norm's state too."""
    for old, new in zip(average.weights, network.weights, strict=True):
        old.assign(decay * old + (1 - decay) * new)
