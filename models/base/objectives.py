"""Losses and penalties, each the formula of its docstring.

Means over the batch are over the global batch: under several replicas a loss that is
not linear in its examples would otherwise change with the number of devices.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

TINY = 1e-30  # keeps the slope of a square root finite at 0


def batch_mean(x: tf.Tensor) -> tf.Tensor:
    """Returns E[x] over every axis and over all replicas; differentiable."""
    context = tf.distribute.get_replica_context()
    mean = tf.reduce_mean(x)
    if context.num_replicas_in_sync == 1:
        return mean
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, mean)


def gather_batch(x: tf.Tensor) -> tf.Tensor:
    """Gathers the rows of x [b, ...] of all replicas, [B, ...]; differentiable."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return x
    return context.all_gather(x, axis=0)


def cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    """Returns E[bce(label, sigmoid(logits))], from logits."""
    labels = label * tf.ones_like(logits)
    return batch_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


class Energy(NamedTuple):
    """An autoencoder's error: a number for each image [B], and one for a batch of them.

    `per_image` takes the error x - AE(x), [B, H, W, C].
    """

    per_image: Callable[[tf.Tensor], tf.Tensor]
    mean: Callable[[tf.Tensor], tf.Tensor]


def batch_sum(x: tf.Tensor) -> tf.Tensor:
    """Returns the sum over the global batch."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return batch_mean(x) * tf.cast(tf.size(x) * replicas, x.dtype)


def batch_norm(squares: tf.Tensor) -> tf.Tensor:
    """Returns sqrt(sum_i s_i) / B: the norm of the batch's error, as in GAN ZOO."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    rows = tf.cast(tf.shape(squares)[0] * replicas, squares.dtype)
    return tf.sqrt(batch_sum(squares) + TINY) / rows


def sum_of_squares(error: tf.Tensor) -> tf.Tensor:
    """Returns sum_hwc e^2 of each image, [B]."""
    return tf.reduce_sum(tf.square(error), axis=[1, 2, 3])


ENERGIES = {
    # E[sqrt(sum_hwc e^2)]: EBGAN's paper and tf.gans-comparison
    "l2": Energy(lambda e: tf.sqrt(sum_of_squares(e) + TINY), batch_mean),
    # E[mean_hwc e^2]: GAN ZOO's EBGAN "without square root"
    "mse": Energy(lambda e: tf.reduce_mean(tf.square(e), axis=[1, 2, 3]), batch_mean),
    # E[mean_hwc |e|]: BEGAN's paper
    "l1": Energy(lambda e: tf.reduce_mean(tf.abs(e), axis=[1, 2, 3]), batch_mean),
    # sqrt(sum_bhwc e^2) / B: GAN ZOO
    "batch_l2": Energy(sum_of_squares, batch_norm),
    # sum_bhwc e^2 / 2: GAN_Theories
    "half_sum": Energy(lambda e: sum_of_squares(e) / 2, batch_sum),
}


def least_squares(outputs: tf.Tensor, label: float) -> tf.Tensor:
    """Returns E[(D(x) - label)^2]."""
    return batch_mean(tf.square(outputs - label))


def l1(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Returns E[|x - y|], over every axis."""
    return batch_mean(tf.abs(x - y))


def input_gradient(
    critic: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor
) -> tf.Tensor:
    """Returns the slope d critic(x) / dx at each image, [B, H, W, C]."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = critic(images)
    return tape.gradient(scores, images)


def gradient_penalty(gradient: tf.Tensor, axes: Sequence[int]) -> tf.Tensor:
    """Returns E[(|g| - 1)^2] of gradients [B, H, W, C], the norm over some axes."""
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=axes) + TINY)
    return batch_mean(tf.square(norm - 1.0))


def potential(
    points: tf.Tensor,
    real: tf.Tensor,
    fake: tf.Tensor,
    charge: float = 1.0,
    dimension: float = 3.0,
    epsilon: float = 1.0,
) -> tf.Tensor:
    """Returns P(a) = charge mean_j k(x_j, a) - mean_j k(g_j, a) at points a, [n, 1].

    The Plummer kernel k(u, v) = (|u - v|^2 + epsilon^2)^(-(dimension - 2) / 2) of
    Coulomb GAN. Squared distances are taken in float64, where |u|^2 + |v|^2 - 2 uv
    keeps its digits, and no gradient goes through.
    """
    dtype = points.dtype

    def field(sources: tf.Tensor) -> tf.Tensor:
        a, b = (
            tf.cast(tf.reshape(x, [tf.shape(x)[0], -1]), tf.float64)
            for x in (points, gather_batch(sources))
        )
        squares = [tf.reduce_sum(tf.square(x), axis=1) for x in (a, b)]
        distances = squares[0][:, None] + squares[1] - 2 * tf.matmul(a, b, False, True)
        softened = tf.maximum(distances, 0.0) + epsilon**2
        kernel = softened ** (-(dimension - 2) / 2)
        return tf.reduce_mean(kernel, axis=1, keepdims=True)

    return tf.stop_gradient(tf.cast(charge * field(real) - field(fake), dtype))


def kl_divergence(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """Returns KL(N(m, v) || N(0, 1)) = sum (v + m^2 - 1 - log v) / 2 by row, [B]."""
    terms = tf.exp(log_variance) + tf.square(mean) - 1 - log_variance
    return 0.5 * tf.reduce_sum(terms, axis=1)


def bernoulli(x: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
    """Returns -log p(x) of each image, [B]: cross-entropy, 1e-8 in both logarithms."""
    terms = x * tf.math.log(p + 1e-8) + (1 - x) * tf.math.log(1 - p + 1e-8)
    return -tf.reduce_sum(terms, axis=[1, 2, 3])


def gaussian(x: tf.Tensor, mean: tf.Tensor, deviation: float = 1.0) -> tf.Tensor:
    """Returns -log N(x; mean, deviation^2) of each image, without its constant, [B]."""
    return 0.5 / deviation**2 * sum_of_squares(x - mean)


def pull_away(latents: tf.Tensor) -> tf.Tensor:
    """Returns (sum_ij cos^2(l_i, l_j) - B) / (B (B - 1)) of latents [B, n]; EBGAN."""
    latents = gather_batch(latents)
    unit = latents / (tf.norm(latents, axis=1, keepdims=True) + 1e-8)
    cosines = tf.matmul(unit, unit, transpose_b=True)  # [B, B]
    batch = tf.cast(tf.shape(latents)[0], latents.dtype)
    return (tf.reduce_sum(tf.square(cosines)) - batch) / (batch * (batch - 1.0))
