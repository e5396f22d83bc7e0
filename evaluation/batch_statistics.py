"""What batch norm works on when a trained generator draws: `--statistics`."""

from __future__ import annotations

import functools
from typing import Literal, get_args

import keras
import numpy as np
import tensorflow as tf

from common.errors import UserError
from models.base.generative import GenerativeModel, fixed_noise
from models.base.latent import LatentModel

Statistics = Literal["moving", "batch", "standing"]
NAMES: tuple[str, ...] = get_args(Statistics)

BATCH = 64  # images that are drawn at a time
BATCHES, SEED = 100, 0  # of latents for standing statistics, as BigGAN's
VISIBLE = 0.05  # of the range of pixels: a mean picture that differs so much is another


def choose(model: GenerativeModel, statistics: str, run: str) -> None:
    """Makes a model draw by `statistics`; empty: as its configuration says.

    Standing statistics are those of `Standing.update`, after each load of weights.

    Raises:
        UserError: the run's model draws nothing from noise.
    """
    if not statistics:
        return
    if not isinstance(model, LatentModel):
        raise UserError(
            f"run {run!r} makes {model.kind}, and --statistics {statistics} is for "
            "models that draw from noise: leave it out"
        )
    model.sampling = statistics


def layers(model: LatentModel) -> list[keras.layers.BatchNormalization]:
    """Returns the batch norms of the generator that draws."""
    kind = keras.layers.BatchNormalization
    return [x for x in model.sampler.layers if isinstance(x, kind)]


def words(model: LatentModel) -> str:
    """Says what the generator's batch norm works on; without any it does not matter."""
    if not layers(model) or model.sampling == "moving":
        return "moving averages"
    if model.sampling == "batch":
        return f"statistics of batches of {BATCH}"
    return f"standing statistics of {BATCHES} batches of {BATCH}"


class Standing:
    """Replaces a generator's moving averages by the statistics of fresh batches."""

    def __init__(self, model: LatentModel):
        self.model = model

    def update(self) -> None:
        """Sets means and variances to the average of BATCHES batches of latents.

        What the averages were before does not matter. Source: Brock et al. 2019,
        appendix C.1.
        """
        norms = layers(self.model)
        if not norms:
            return
        rng = fixed_noise(SEED)
        sums = self.statistics(self.model.latent(BATCH, rng))
        for _ in range(BATCHES - 1):
            batch = self.statistics(self.model.latent(BATCH, rng))
            sums = [a + b for a, b in zip(sums, batch, strict=True)]
        for variable, total in zip(self.variables(norms), sums, strict=True):
            variable.assign(total / BATCHES)

    @staticmethod
    def variables(norms: list[keras.layers.BatchNormalization]) -> list[keras.Variable]:
        """Returns the moving averages of batch norms."""
        return [v for x in norms for v in (x.moving_mean, x.moving_variance)]

    @functools.cached_property
    def statistics(self) -> tf.types.experimental.PolymorphicFunction:
        """Takes latents [B, n] to the means and variances that each batch norm sees."""
        network, norms = self.model.sampler, layers(self.model)
        own = self.variables(norms)
        rates = [1 - x.momentum for x in norms for _ in range(2)]

        @tf.function(autograph=False)
        def statistics(z: tf.Tensor) -> list[tf.Tensor]:
            with keras.StatelessScope([(v, tf.zeros_like(v)) for v in own]) as scope:
                network(z, training=True)
            # A moving average that starts at 0 is then its rate times the batch's.
            moved = [scope.get_current_value(v) for v in own]
            return [v / rate for v, rate in zip(moved, rates, strict=True)]

        return statistics


def lag(model: LatentModel, z: tf.Tensor) -> float:
    """Returns how far batch statistics shift the mean picture of latents [n, d].

    It is the mean absolute difference from the mean picture by moving averages, over
    all pixels, as a share of their range.
    """
    pictures = []
    for training in (False, True):
        with keras.StatelessScope():  # drops the assignments made inside
            images = model.outward(model.sampler(z, training=training))
        pictures.append(np.mean(images, axis=0))
    moving, batch = pictures
    return float(np.mean(np.abs(moving - batch))) / 2
