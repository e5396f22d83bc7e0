"""Losses and penalties, each the formula of its docstring.

Means over the batch are over the global batch: under several replicas a loss that is
not linear in its examples would otherwise change with the number of devices.
"""

import tensorflow as tf

TINY = 1e-30  # keeps the slope of a square root finite at 0


def batch_mean(x: tf.Tensor) -> tf.Tensor:
    """E[x] over every axis and over all replicas; differentiable."""
    context = tf.distribute.get_replica_context()
    mean = tf.reduce_mean(x)
    if context.num_replicas_in_sync == 1:
        return mean
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, mean)


def gather_batch(x: tf.Tensor) -> tf.Tensor:
    """The rows of x [b, ...] of all replicas, [B, ...]; differentiable."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return x
    return context.all_gather(x, axis=0)


def cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    """E[bce(label, sigmoid(logits))], from logits."""
    labels = label * tf.ones_like(logits)
    return batch_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def wasserstein(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """E[C(x)] - E[C(G(z))], the critic's estimate of the distance."""
    return batch_mean(real) - batch_mean(fake)


def reconstruction_norm(x: tf.Tensor, reconstruction: tf.Tensor) -> tf.Tensor:
    """sqrt(sum_hwc (x_i - AE(x_i))^2) of each image, [B]."""
    squares = tf.reduce_sum(tf.square(x - reconstruction), axis=[1, 2, 3])
    return tf.sqrt(squares + TINY)


def reconstruction_mse(x: tf.Tensor, reconstruction: tf.Tensor) -> tf.Tensor:
    """mean_hwc (x_i - AE(x_i))^2 of each image, [B]."""
    return tf.reduce_mean(tf.square(x - reconstruction), axis=[1, 2, 3])


def pull_away(latents: tf.Tensor) -> tf.Tensor:
    """(sum_ij cos^2(l_i, l_j) - B) / (B (B - 1)) of latents [B, n]; EBGAN, 2.4."""
    latents = gather_batch(latents)
    unit = latents / (tf.norm(latents, axis=1, keepdims=True) + 1e-8)
    cosines = tf.matmul(unit, unit, transpose_b=True)  # [B, B]
    batch = tf.cast(tf.shape(latents)[0], latents.dtype)
    return (tf.reduce_sum(tf.square(cosines)) - batch) / (batch * (batch - 1.0))
