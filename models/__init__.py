"""The papers: one file per GAN."""

from collections.abc import Sequence
from typing import Any

import keras

from models.acgan import ACGAN
from models.base import config
from models.base.generative import POINT, GenerativeModel
from models.base.latent import LatentModel
from models.began import BEGAN
from models.began_cs import BEGANCS
from models.cgan import CGAN
from models.coulomb import CoulombGAN
from models.cyclegan import CycleGAN
from models.dcgan import DCGAN
from models.dragan import DRAGAN
from models.ebgan import EBGAN
from models.gan import GAN
from models.infogan import InfoGAN
from models.lsgan import LSGAN
from models.pix2pix import Pix2Pix
from models.vae import VAE
from models.wgan import WGAN
from models.wgan_gp import WGANGP

MODELS: dict[str, type[GenerativeModel]] = {
    "gan": GAN,
    "dcgan": DCGAN,
    "lsgan": LSGAN,
    "wgan": WGAN,
    "wgan-gp": WGANGP,
    "dragan": DRAGAN,
    "ebgan": EBGAN,
    "began": BEGAN,
    "began-cs": BEGANCS,
    "coulomb": CoulombGAN,
    "vae": VAE,
    "cgan": CGAN,
    "acgan": ACGAN,
    "infogan": InfoGAN,
    "pix2pix": Pix2Pix,
    "cyclegan": CycleGAN,
}

PERCEPTRONS = ("points", "mlp", "mnist_dense", "mirza")  # nets that points fit


def model_class(name: str) -> type[GenerativeModel]:
    """Returns the class of that name; a ValueError lists the names."""
    if name not in MODELS:
        raise ValueError(f"unknown model {name!r}; known: {', '.join(MODELS)}")
    return MODELS[name]


def check_size(name: str, height: int, width: int) -> None:
    """Raises a ValueError if a model's networks do not take images of this size."""
    if height != width or height % 4 or not 28 <= height <= 256:
        raise ValueError(
            f"images of {height}x{width} do not fit {name}: its networks take square "
            "images whose side is a multiple of 4 from 28 to 256; convert to such a "
            "size with convert.py --image_size"
        )


def create(
    name: str,
    image_shape: Sequence[int],
    num_classes: int = 0,
    seed: int = 0,
    averaged: bool = False,
    **overrides: Any,
) -> GenerativeModel:
    """Builds a model with fresh weights; sets Keras's global seed to `seed`.

    Args:
        name: a key of `MODELS`.
        image_shape: height, width and channels; square, a multiple of 4 from 28 to 256,
            or (1, 1, 2) for points, on which the net is `points` if none is named.
        num_classes: number of labels, 0 without.
        seed: of the weights, of `rng` and of the probe.
        averaged: whether pictures are of the generator's moving average (`ema`).
        overrides: fields of the model's `Config`.

    Raises:
        ValueError: unknown name or field, wrong type, or a size that does not fit.
    """
    cls = model_class(name)
    height, width, channels = image_shape
    if tuple(image_shape) == POINT:
        if not issubclass(cls, LatentModel):
            raise ValueError(f"{name} takes no points: choose a dataset of images")
        overrides = {"net": "points"} | overrides
        if overrides["net"] not in PERCEPTRONS:
            raise ValueError(
                f"points do not fit net={overrides['net']}: use one of "
                f"{', '.join(PERCEPTRONS)}"
            )
    else:
        check_size(name, height, width)
        if channels not in (1, 3):
            raise ValueError(f"images of {channels} channels do not fit {name}: 1 or 3")
    settings = config.configure(cls.Config, overrides)
    keras.utils.set_random_seed(seed)
    return cls(image_shape, num_classes, seed, settings, averaged)
