"""A random network as extractor, for sets without labels: no download, no training.

Random convolutions keep much of what tells images apart (Saxe et al. 2011, "On random
weights and unsupervised feature learning"), and distances between sets of images can be
measured with them where ImageNet's classes mean nothing (Naeem et al. 2020,
https://arxiv.org/abs/2002.09797, section 3.4). FIDs of this extractor compare with
others of the same extractor alone, image size and channels included.
"""

from __future__ import annotations

import math

import numpy as np

from evaluation.features import convnet, extractor

RANDOM_SEED = 0


def create(shape: tuple[int, int, int]) -> extractor.KerasExtractor:
    """Returns the extractor for images [H, W, C]; its weights never change."""
    network = convnet.build(shape, filters=32, batch_norm=False, activation=None)
    # NumPy promises that RandomState's stream never changes.
    rng = np.random.RandomState(RANDOM_SEED)
    network.set_weights([he_uniform(rng, weight.shape) for weight in network.weights])
    return extractor.KerasExtractor(
        "random",
        network,
        extractor.digest(network.get_weights()),
        f"random convolutions (seed {RANDOM_SEED})",
    )


def he_uniform(rng: np.random.RandomState, shape: tuple[int, ...]) -> np.ndarray:
    """Draws U(-b, b) with b = sqrt(6 / fan_in), He et al. 2015.

    Every operation on the way is rounded exactly, so it gives the same bits everywhere.
    """
    bound = math.sqrt(6 / math.prod(shape[:-1]))
    return ((2 * rng.random_sample(shape) - 1) * bound).astype("float32")
