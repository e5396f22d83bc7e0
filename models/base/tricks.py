"""Training tricks ("GAN hacks") that every adversarial model has as options.

Soumith Chintala et al. 2016 list most of them. They change the images that D gets and
how its answers count; without them a model follows its paper. All noise is drawn from
the model's `rng`.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


class Tricks:
    """What D is shown and told, by a Config's options; all are off by default.

    `label_smoothing` s: a real image counts 1 - s as real and s as fake, which for a
    cross-entropy is the label 1 - s (Salimans et al. 2016: one-sided). `flip_labels`:
    the chance that a real and a fake image change places. `instance_noise`: a standard
    deviation that decays linearly to 0 (Sonderby et al. 2016, arXiv:1610.04490).
    `joint`: real and fake images in one batch, whose statistics batch norm then sees.
    """

    def __init__(self, config: Any):
        self.smoothing = config.label_smoothing
        self.flip_chance = config.flip_labels
        self.deviation = config.instance_noise
        self.noisy_steps = config.instance_noise_steps
        self.joint = config.joint

    def add_noise(
        self, images: tf.Tensor, step: tf.Tensor, rng: tf.random.Generator
    ) -> tf.Tensor:
        """Returns images with what is left of the instance noise at a step."""
        if not self.deviation:
            return images
        steps, dtype = self.noisy_steps, images.dtype
        left = 1 - tf.cast(tf.minimum(step, steps), dtype) / steps
        return images + self.deviation * left * rng.normal(
            tf.shape(images), dtype=dtype
        )

    def flips(self, rows: int | tf.Tensor, rng: tf.random.Generator) -> Any:
        """Draws which rows are flipped, bool [rows]; None where none ever is."""
        return rng.uniform((rows,)) < self.flip_chance if self.flip_chance else None

    def smooth(
        self,
        real_loss: Callable[[Any], tf.Tensor],
        fake_loss: Callable[[Any], tf.Tensor],
        d_real: Any,
    ) -> tf.Tensor:
        """Returns (1 - s) real_loss(D(x)) + s fake_loss(D(x))."""
        loss = real_loss(d_real)
        if self.smoothing:
            loss = (1 - self.smoothing) * loss + self.smoothing * fake_loss(d_real)
        return loss

    def show(
        self, critic: Callable[..., Any], real: tf.Tensor, fake: tf.Tensor
    ) -> tuple[Any, Any]:
        """Returns critic(real) and critic(fake), seen in two batches or in one.

        Batch norm's averages move on the real images alone, or on both together.
        """
        if not self.joint:
            return critic(real, move_averages=True), critic(fake)
        both = critic(tf.concat([real, fake], axis=0), move_averages=True)
        halves = [tf.split(x, 2) for x in tf.nest.flatten(both)]
        first, second = (
            tf.nest.pack_sequence_as(both, half) for half in zip(*halves, strict=True)
        )
        return first, second


def exchange(flips: tf.Tensor | None, real: Any, fake: Any) -> tuple[Any, Any]:
    """Returns real and fake rows [B, ...], flipped ones in each other's place.

    Both may be nests of tensors, such as what D says of images.
    """
    if flips is None:
        return real, fake

    def where_flipped(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        chosen = tf.reshape(flips, [-1] + [1] * (len(x.shape) - 1))
        return tf.where(chosen, x, y)

    return (
        tf.nest.map_structure(where_flipped, fake, real),
        tf.nest.map_structure(where_flipped, real, fake),
    )
