"""When D and G move within a step, and how learning rates fall over the steps."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from models.base.generative import Batch, Logs, Player

BURST_STEPS, BURST_EVERY = 25, 500  # GAN_Theories and the code of WGAN's authors
BURST_AT = {"500th": 499, "501st": 0}  # steps before it, modulo BURST_EVERY
RATES = {"generator": "g_lr", "discriminator": "d_lr"}  # a player's rate in the logs


class Schedule:
    """How many updates D has in a step, and on which minibatches.

    Its numbers are options of an adversarial model's Config: `n_critic` updates of D,
    each on its own minibatch if `fresh_x`, in a burst `critic_burst` of them. A burst
    comes in each of the first 25 steps, then in the 500th, 1,000th, ... (GAN_Theories)
    or the 501st, 1,001st, ... (WGAN's authors), by `burst_at`.
    """

    def __init__(self, config: Any):
        self.n_critic = config.n_critic
        self.fresh_x = config.fresh_x
        # What a burst has beyond n_critic.
        self.burst = max(0, config.critic_burst - config.n_critic)
        self.burst_at = BURST_AT[config.burst_at]

    @property
    def batches_per_step(self) -> int:
        """Minibatches that a step takes, without those of a burst."""
        return self.n_critic if self.fresh_x else 1

    def minibatches(self, batches: Sequence[Batch]) -> list[Batch]:
        """Returns a minibatch for each of the n_critic updates."""
        return list(batches) if self.fresh_x else [*batches] * self.n_critic

    def extra_batches(self, step: tf.Tensor) -> tf.Tensor | None:
        """Returns the updates that D has before a step: int32 []; None: never any."""
        if not self.burst:
            return None
        due = (step < BURST_STEPS) | (step % BURST_EVERY == self.burst_at)
        return tf.where(due, self.burst, 0)

    def batches_before(self, step: int) -> int:
        """Counts the minibatches of the first `step` steps, with those of bursts."""
        # Of the steps 0, 500, ... the first is among the BURST_STEPS already.
        later = (
            step // BURST_EVERY if self.burst_at else max(0, step - 1) // BURST_EVERY
        )
        bursts = min(step, BURST_STEPS) + later
        return step * self.batches_per_step + bursts * self.burst


def set_rates(
    players: Mapping[str, Player], rate_of: Callable[[float], tf.Tensor]
) -> Logs:
    """Sets each player's rate to `rate_of(its first rate)`; returns the rates."""
    logs = {}
    for name, player in players.items():
        rate = rate_of(player.learning_rate)
        player.optimizer.learning_rate.assign(rate)
        logs[RATES.get(name, "lr")] = rate
    return logs


def decay_exponentially(
    players: Mapping[str, Player],
    step: tf.Tensor,
    factor: float,
    every: int,
    floor: float,
) -> Logs:
    """Sets rates to max(floor, rate * factor^floor(step / every)); a factor of 1: none.

    Returns:
        The rates by name; nothing where they stay.
    """
    if factor == 1.0:
        return {}

    def rate_of(first: float) -> tf.Tensor:
        power = tf.cast(step // every, tf.float64)
        rate = first * tf.constant(factor, tf.float64) ** power
        return tf.cast(tf.maximum(rate, floor), keras.config.floatx())

    return set_rates(players, rate_of)


def decay_linearly(
    players: Mapping[str, Player], step: tf.Tensor, total_steps: int, constant: float
) -> Logs:
    """Sets rates that stay for a share `constant` of the run, then fall to 0.

    Returns:
        The rates by name; nothing where they stay, or the run's length is not known.
    """
    if constant == 1 or not total_steps:
        return {}
    begin = constant * total_steps
    late = (tf.cast(step, keras.config.floatx()) - begin) / (total_steps - begin)
    share = 1 - tf.clip_by_value(late, 0.0, 1.0)
    return set_rates(players, lambda first: first * share)
