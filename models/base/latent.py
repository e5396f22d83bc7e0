"""Generators of images from noise, whatever trains them."""

import dataclasses
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from models.base import config, optimizers, tricks
from models.base.generative import Batch, GenerativeModel, Logs, forward, size
from models.networks import layers

Pixels = Literal["signed", "unit", "stretched"]
RATES = {"generator": "g_lr", "discriminator": "d_lr"}  # their names in logs


class LatentModel(GenerativeModel):
    """A generator of images from noise, whatever trains it."""

    @dataclasses.dataclass(frozen=True)
    class Config(GenerativeModel.Config):
        """Noise, pixels, nets and optimizer; the defaults are tf.gans-comparison's."""

        z_dim: int = 100
        z: tricks.Prior = "normal"  # tricks.latents
        pixels: Pixels = "signed"  # see `inward`
        output: Literal["own", "tanh", "sigmoid", "linear"] = "own"  # G's last layer
        g_width: float = 1.0  # factor on the generator's filters
        d_width: float = 1.0  # factor on the discriminator's (or encoder's) filters
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
        accumulator: float = 1.0  # where RMSProp's mean square starts; TF 1: 1
        lr_decay: float = 1.0  # factor on the learning rates ...
        lr_decay_steps: int = 3000  # ... after each so many steps ...
        lr_floor: float = 0.0  # ... down to this

    @property
    def generator(self) -> keras.Model:
        """From z to images."""
        return self.networks["generator"]

    @property
    def inputs(self) -> int:
        """How many numbers the generator takes: noise, then codes."""
        return self.config.z_dim + sum(code.size for code in self.codes)

    def latent(self, batch: Batch | int) -> tf.Tensor:
        """Noise, then codes: those that the batch carries, or else random ones."""
        rows, dtype = size(batch), keras.config.floatx()
        shape = (rows, self.config.z_dim)
        noise = tricks.latents(self.rng, shape, self.config.z, dtype)
        given = {} if isinstance(batch, int) else batch
        drawn = [
            code.of(given[code.name], dtype)
            if code.name in given
            else code.draw(self.rng, rows, dtype)
            for code in self.codes
        ]
        return tf.concat([noise, *drawn], axis=1) if drawn else noise

    def probe(self, batch: Batch | int, seed: int | None = None) -> tf.Tensor:
        rows, dtype = size(batch), keras.config.floatx()
        seed = self.seed if seed is None else seed
        # One stream each: the first rows are the same however many are asked for.
        rng = np.random.default_rng(seed)
        shape = (rows, self.config.z_dim)
        noise = tricks.fixed_latents(rng, shape, self.config.z)
        given = {} if isinstance(batch, int) else batch
        fixed = [
            code.of(given[code.name], dtype)
            if code.name in given
            else code.fixed(np.random.default_rng([seed, code.start]), rows)
            for code in self.codes
        ]
        return tf.constant(np.concatenate([noise, *fixed], axis=1), dtype)

    @property
    def prior(self) -> str:
        names = [f"{code.name} {code.size}" for code in self.codes]
        return " ".join([self.config.z, str(self.config.z_dim), *names])

    def inward(self, images: tf.Tensor) -> tf.Tensor:
        """From [-1, 1] to the range that the networks work in, by `pixels`.

        `signed`: as they are; `unit`: [0, 1]; `stretched`: each image's own minimum and
        maximum to 0 and 1, as GAN_Theories' resizing of floats did.
        """
        if self.config.pixels == "signed":
            return images
        if self.config.pixels == "unit":
            return (images + 1) / 2
        low = tf.reduce_min(images, axis=[1, 2, 3], keepdims=True)
        high = tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)
        return tf.math.divide_no_nan(images - low, high - low)

    def outward(self, images: tf.Tensor) -> tf.Tensor:
        """From the networks' range to [-1, 1], clipped."""
        if self.config.pixels != "signed":
            images = 2 * images - 1
        return tf.clip_by_value(images, -1.0, 1.0)

    def prepared(self, batch: Batch) -> Batch:
        """A minibatch with images in the networks' range, and its noise as `z`."""
        image = self.inward(batch["image"])
        return {**batch, "image": image, "z": self.latent(batch)}

    def call(self, probe: tf.Tensor) -> tf.Tensor:
        """Images in [-1, 1] for a probe; the averages are moving ones, by `sampling`.

        With statistics of the batch an image depends on those beside it.
        """
        net = self.networks["generator_ema"] if self.averaged else self.generator
        return self.outward(self.shown(net, probe))

    @tf.function(autograph=False, reduce_retracing=True)
    def draw(self, probe: tf.Tensor) -> tf.Tensor:
        """`self(probe)`, compiled; `averaged` stays what it was the first time."""
        return self(probe)

    def shown(self, network: keras.Model, x: tf.Tensor):
        """`network(x)` as pictures are made: on the averages that `sampling` says."""
        if self.config.sampling == "batch":
            return forward(network, x)
        return network(x, training=False)

    def decay_rates(self, step: tf.Tensor) -> Logs:
        """Sets each player's rate to max(floor, rate * decay^floor(step / steps))."""
        c, logs = self.config, {}
        if c.lr_decay == 1.0:
            return logs
        for name, player in self.players.items():
            power = tf.cast(step // c.lr_decay_steps, tf.float64)
            rate = player.learning_rate * tf.constant(c.lr_decay, tf.float64) ** power
            rate = tf.cast(tf.maximum(rate, c.lr_floor), keras.config.floatx())
            player.optimizer.learning_rate.assign(rate)
            logs[RATES.get(name, "lr")] = rate
        return logs
