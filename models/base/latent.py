"""Generators of images from noise and codes, whatever trains them."""

import dataclasses
import secrets
from collections.abc import Sequence
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from models.base import config, minibatches, optimizers, pixels
from models.base.generative import Batch, GenerativeModel, forward, size
from models.networks import layers

Prior = Literal["normal", "uniform", "unit", "sphere"]
Pixels = Literal["signed", "unit", "stretched"]
SAMPLED = 64  # images in a batch of `sample`


class LatentModel(GenerativeModel):
    """A generator of images from noise, whatever trains it."""

    @dataclasses.dataclass(frozen=True)
    class Config(GenerativeModel.Config):
        """Noise, pixels, nets and optimizer; the defaults are tf.gans-comparison's."""

        z_dim: int = config.size(100, 10_000)
        z: Prior = "normal"  # distribution of latents; see `draw_noise`
        pixels: Pixels = "signed"  # range of the images in the nets; see `inward`
        output: Literal["own", "tanh", "sigmoid", "linear"] = "own"  # G's last layer
        g_width: float = config.size(1.0, 16)  # factor on the generator's filters
        d_width: float = config.size(1.0, 16)  # on D's, or the encoder's
        g_norm: layers.Norm = "own"
        d_norm: layers.Norm = "own"
        init: layers.Init = "glorot"
        bn_gamma: layers.Gamma = "ones"
        bn_momentum: float = config.below_one(0.99)
        bn_epsilon: float = 1e-5
        sampling: Literal["moving", "batch"] = "moving"  # batch norm in `call`
        optimizer: optimizers.Form = "adam"
        beta_1: float = config.below_one(0.5)
        beta_2: float = config.below_one(0.999)
        rho: float = config.below_one(0.9)  # RMSProp's decay
        accumulator: float = 1.0  # where the mean square of `rmsprop` starts; TF 1: 1
        lr_decay: float = 1.0  # factor on the learning rates ...
        lr_decay_steps: int = 3000  # ... after each so many steps ...
        lr_floor: float = 0.0  # ... down to this

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What batch norm works on in `call`; to be changed before the first `draw`.
        self.sampling: str = self.config.sampling

    @property
    def generator(self) -> keras.Model:
        """From z [B, inputs] to images [B, H, W, C] in the networks' range."""
        return self.networks["generator"]

    @property
    def sampler(self) -> keras.Model:
        """The generator that draws: its moving average if the model is `averaged`."""
        return self.networks["generator_ema"] if self.averaged else self.generator

    @property
    def inputs(self) -> int:
        """How many numbers the generator takes: noise, then codes."""
        return self.config.z_dim + sum(code.size for code in self.codes)

    # Latents.

    def latent(
        self, batch: Batch | int, rng: tf.random.Generator | None = None
    ) -> tf.Tensor:
        """Draws noise, then codes that the batch does not carry: [B, inputs]."""
        rng = rng or self.rng
        rows = size(batch)
        dtype = keras.config.floatx()
        labels = {} if isinstance(batch, int) else batch
        parts = [draw_noise(rng, (rows, self.config.z_dim), self.config.z, dtype)]

        for code in self.codes:
            if code.name in labels:
                parts.append(code.of(labels[code.name], dtype))
            else:
                parts.append(code.draw(rng, rows, dtype))

        return tf.concat(parts, axis=1) if self.codes else parts[0]

    def probe(self, batch: Batch | int, seed: int | None = None) -> tf.Tensor:
        rows = size(batch)
        dtype = keras.config.floatx()
        labels = {} if isinstance(batch, int) else batch
        seed = self.seed if seed is None else seed
        # One stream each: the first rows are the same however many are asked for.
        rng = np.random.default_rng(seed)
        parts = [fixed_noise_rows(rng, (rows, self.config.z_dim), self.config.z)]

        for code in self.codes:
            if code.name in labels:
                parts.append(code.of(labels[code.name], dtype))
            else:
                own = np.random.default_rng([seed, code.start])
                parts.append(code.fixed(own, rows))

        return tf.constant(np.concatenate(parts, axis=1), dtype)

    @property
    def prior(self) -> str:
        names = [f"{code.name} {code.size}" for code in self.codes]
        return " ".join([self.config.z, str(self.config.z_dim), *names])

    # Pixels.

    def inward(self, images: tf.Tensor) -> tf.Tensor:
        """Takes images from [-1, 1] to the networks' range, by `pixels`.

        `signed`: as they are; `unit`: [0, 1]; `stretched`: each image's own minimum and
        maximum to 0 and 1, as GAN_Theories' resizing of floats did.
        """
        if self.config.pixels == "signed":
            return images
        if self.config.pixels == "unit":
            return (images + 1) / 2
        low = tf.reduce_min(images, axis=[1, 2, 3], keepdims=True)  # [B, 1, 1, 1]
        high = tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)
        return tf.math.divide_no_nan(images - low, high - low)

    def outward(self, images: tf.Tensor) -> tf.Tensor:
        """Takes images from the networks' range to [-1, 1], and clips them."""
        if self.config.pixels != "signed":
            images = 2 * images - 1
        return tf.clip_by_value(images, -1.0, 1.0)

    # Training and sampling.

    def prepared(self, batch: Batch) -> Batch:
        """Returns a minibatch with images in the networks' range, and noise as `z`."""
        image = self.inward(batch["image"])
        return {**batch, "image": image, "z": self.latent(batch)}

    def call(self, probe: tf.Tensor) -> tf.Tensor:
        """Returns images in [-1, 1] for a probe [B, inputs]: [B, H, W, C].

        With `sampling=batch` an image depends on those beside it.
        """
        return self.outward(self.sampled(self.sampler, probe))

    @tf.function(autograph=False, reduce_retracing=True)
    def draw(self, probe: tf.Tensor) -> tf.Tensor:
        """Returns `self(probe)`, compiled."""
        return self(probe)

    def sample(
        self, count: int, seed: int | None = None, labels: Sequence[int] | None = None
    ) -> np.ndarray:
        if seed is None:
            seed = secrets.randbits(32)
        # Whole batches, so that no image depends on how many are drawn.
        z = self.probe(-(-count // SAMPLED) * SAMPLED, seed).numpy()
        if labels is not None:
            z[:count] = self.probe({"label": self.checked_labels(labels, count)}, seed)

        starts = range(0, len(z), SAMPLED)
        images = [self.draw(z[start : start + SAMPLED]) for start in starts]
        images = np.concatenate(images)[:count]
        return images if self.kind == "points" else pixels.to_uint8(images)

    def checked_labels(self, labels: Sequence[int], count: int) -> np.ndarray:
        """Returns labels [count]; a ValueError if they or the model are not of that."""
        if "label" not in [code.name for code in self.codes]:
            raise ValueError(f"{minibatches.title(self)} has no labels: leave them out")
        labels = np.asarray(labels)
        known = np.isin(labels, np.arange(self.num_classes)).all()
        if labels.shape != (count,) or not known:
            raise ValueError(
                f"labels {labels.tolist()} do not fit {count} images of "
                f"{self.num_classes} classes: pass one number for each image, from 0 "
                f"to {self.num_classes - 1}"
            )
        return labels

    def sampled(self, network: keras.Model, x: tf.Tensor):
        """Returns network(x) as pictures are made: batch norm works by `sampling`."""
        if self.sampling == "batch":
            return forward(network, x)
        return network(x, training=False)


def draw_noise(rng: tf.random.Generator, shape, kind: Prior, dtype: str) -> tf.Tensor:
    """Draws [B, n]: N(0, 1), U(-1, 1), U(0, 1), or on the sphere of radius sqrt(n)."""
    if kind in ("uniform", "unit"):
        low = -1.0 if kind == "uniform" else 0.0
        return rng.uniform(shape, low, 1.0, dtype)
    z = rng.normal(shape, dtype=dtype)
    if kind == "normal":
        return z
    return z * (shape[1] ** 0.5 / tf.norm(z, axis=1, keepdims=True))


def fixed_noise_rows(rng: np.random.Generator, shape, kind: Prior) -> np.ndarray:
    """Draws from the distributions of `draw_noise`, row by row of a NumPy stream."""
    if kind in ("uniform", "unit"):
        return rng.uniform(-1.0 if kind == "uniform" else 0.0, 1.0, shape)
    z = rng.standard_normal(shape)
    if kind == "normal":
        return z
    return z * shape[1] ** 0.5 / np.linalg.norm(z, axis=1, keepdims=True)
