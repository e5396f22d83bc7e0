"""An extractor and a model of images whose halves are flat."""

import types

import numpy as np
from fake_data import SIDE

from evaluation.features import extractor


class Means:
    """Sees the mean of each half of an image; its logits say which is brighter."""

    name, digest, description, dimensions = "means", "d" * 64, "two means", 2
    classes = ("left", "right")

    def __init__(self):
        self.seen = []

    def __call__(self, images):
        self.seen.append(len(images))
        halves = images.reshape(len(images), SIDE, 2, SIDE // 2)
        means = halves.mean(axis=(1, 3), dtype=np.float32)
        return extractor.Features(means, 50 * means)


class Model:
    """Images whose halves are the two numbers of the latent."""

    averaged, codes, kind = False, (), "images"

    def __init__(self, shift=0.0, sampling="moving", layers=()):
        self.shift = shift
        self.sampling = sampling
        self.sampler = types.SimpleNamespace(layers=layers)

    def probe(self, count, seed):
        return np.random.default_rng(seed).normal(0, 0.2, (count, 2))

    def draw(self, z):
        import tensorflow as tf

        levels = tf.repeat(tf.cast(z, "float32") + self.shift, SIDE // 2, axis=1)
        return tf.tile(levels[:, None, :, None], [1, SIDE, 1, 1])


def images(count, seed=0):
    z = np.random.default_rng(seed).normal(0, 0.2, (count, 2))
    return np.tile(np.repeat(z, SIDE // 2, axis=1)[:, None, :, None], (1, SIDE, 1, 1))
