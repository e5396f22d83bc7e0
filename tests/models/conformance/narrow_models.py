"""Every model with few filters, and what any of them reads."""

import numpy as np
import tensorflow as tf

import models
from models.base.adversarial import AdversarialModel
from models.base.latent import LatentModel
from models.base.translation import TranslationModel

SHAPE, CLASSES = (28, 28, 1), 10
NARROW = {"g_width": 1 / 32, "d_width": 1 / 32}


def made_by(base):
    return [name for name, cls in models.MODELS.items() if issubclass(cls, base)]


ADVERSARIAL = made_by(AdversarialModel)
LATENT = made_by(LatentModel)  # these make images from noise
TRANSLATION = made_by(TranslationModel)


def create(name, seed=0, **overrides):
    narrow = NARROW | ({"z_dim": 8} if name in LATENT else {"net": "unet"})
    return models.create(name, SHAPE, CLASSES, seed, **(narrow | overrides))


def without_dropout(name):
    fields = models.MODELS[name].Config.__dataclass_fields__
    return {"dropout": 0.0} if "dropout" in fields else {}


def batch(seed=0, rows=4):
    """What any model reads."""
    rng = np.random.default_rng(seed)
    images = {
        key: tf.constant(rng.uniform(-1, 1, (rows, *SHAPE)), "float32")
        for key in ("image", "source", "target", "a", "b")
    }
    return {**images, "label": tf.constant(rng.integers(0, CLASSES, rows))}


def values(network):
    return [v.numpy() for v in network.weights]
