"""Generators of images from images: what pix2pix and CycleGAN share."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import keras
import tensorflow as tf

from models.base import config, optimizers, tricks
from models.base.generative import (
    Batch,
    GenerativeModel,
    Logs,
    Player,
    fixed_noise,
    forward,
    reseed,
)
from models.networks import image_to_image, layers

Net = Literal["unet", "resnet", "resnet6", "resnet9"]
Norm = Literal["batch", "instance", "none"]
RATES = {"generator": "g_lr", "discriminator": "d_lr"}  # their names in logs


def share(default: float) -> float:
    """A field for a part of the whole, 0 to 1."""
    return dataclasses.field(default=default, metadata={"most": 1})


class TranslationModel(GenerativeModel):
    """A generator takes images of one domain to another.

    A subclass seats its networks and gives `directions`, `translator` where generators
    have other names, and `updates`.
    """

    @dataclasses.dataclass(frozen=True)
    class Config(GenerativeModel.Config):
        """Nets, augmentation and rates; the defaults are GAN_package's pix2pix."""

        net: Net = "unet"  # `resnet`: 6 blocks below 256 pixels, 9 from there on
        g_width: float = 1.0  # factor on the generators' filters
        d_width: float = 1.0  # factor on the discriminators' filters
        norm: Norm = "batch"
        init: layers.Init = "torch_normal"  # N(0, 0.02), PyTorch's biases
        bn_epsilon: float = 1e-5
        dropout: float = config.below_one(0.5)
        enlarge: float = dataclasses.field(
            default=286 / 256, metadata={"least": 1, "most": 4}
        )  # and crop at random; 1: neither
        flip: bool = True  # mirror half of the examples
        optimizer: optimizers.Form = "torch_adam"
        d_lr: float = 2e-4
        g_lr: float = 2e-4
        beta_1: float = config.below_one(0.5)
        beta_2: float = config.below_one(0.999)
        d_loss_scale: float = 0.5  # both papers: slows D down
        lr_constant: float = share(1.0)  # of the run; then the rates fall linearly to 0

    def create_generator(self) -> keras.Model:
        """A generator as the Config wants it."""
        c = self.config
        style, shape = layers.Style.of(c, c.norm, affine=False), self.image_shape
        if c.net == "unet":
            return image_to_image.unet(shape, c.g_width, style)
        large = c.net == "resnet9" or shape[0] >= image_to_image.LARGE
        blocks = 9 if large and c.net != "resnet6" else 6
        return image_to_image.resnet(shape, c.g_width, style, blocks)

    def create_discriminator(self, images: int = 1) -> keras.Model:
        """A PatchGAN that sees so many images one behind the other."""
        c = self.config
        style = layers.Style.of(c, c.norm, affine=False)
        height, width, channels = self.image_shape
        shape = (height, width, images * channels)
        return image_to_image.patch_discriminator(shape, c.d_width, style)

    def seat(
        self, generators: dict[str, keras.Model], discriminators: dict[str, keras.Model]
    ) -> None:
        """Two players, each with the networks of its kind."""
        c = self.config
        self.networks = {**generators, **discriminators}
        g_optimizer, d_optimizer = (optimizers.create(c, r) for r in (c.g_lr, c.d_lr))
        self.players = {
            "generator": Player(*generators.values(), optimizer=g_optimizer),
            "discriminator": Player(*discriminators.values(), optimizer=d_optimizer),
        }

    def translator(self, direction: str) -> keras.Model:
        """The generator of a direction."""
        return self.networks[f"generator_{direction}"]

    def domains(self, direction: str) -> tuple[str, str]:
        """Keys of a batch: what comes in, and what should come out."""
        return ("a", "b") if direction == "AtoB" else ("b", "a")

    @property
    def multiple(self) -> int:
        if self.config.net == "unet":
            return 2 ** image_to_image.unet_levels(self.image_shape[0])
        return image_to_image.RESNET_MULTIPLE

    # A step.

    @property
    def step(self) -> tf.Tensor:
        """Finished steps: generator updates."""
        return self.players["generator"].optimizer.iterations.value

    @property
    def paced(self) -> bool:
        return self.config.lr_constant < 1

    def pace(self) -> Logs:
        """Sets the rates, which fall to 0 from `lr_constant` of the run on."""
        if not (self.paced and self.total_steps):
            return {}
        begin, dtype = self.config.lr_constant * self.total_steps, keras.config.floatx()
        late = (tf.cast(self.step, dtype) - begin) / (self.total_steps - begin)
        share, logs = 1 - tf.clip_by_value(late, 0.0, 1.0), {}
        for name, player in self.players.items():
            rate = player.learning_rate * share
            player.optimizer.learning_rate.assign(rate)
            logs[RATES[name]] = rate
        return logs

    def run(self, network: keras.Model, x: tf.Tensor) -> tf.Tensor:
        """`network(x)` in training mode, under a dropout mask of its own."""
        reseed(network, self.rng)
        return forward(network, x, move_averages=True)

    def jittered(self, images: tf.Tensor) -> tf.Tensor:
        """Images [B, H, W, C] enlarged, cropped at random to H x W, and mirrored."""
        c = self.config
        return tricks.jitter(self.rng, images, c.enlarge, c.flip)

    # Pictures.

    def translate(self, images: tf.Tensor, direction: str) -> tf.Tensor:
        """Each image by itself, in training mode, under one fixed dropout mask.

        So the papers test: statistics are the image's own, dropout stays on.
        """
        network, translated = self.translator(direction), []
        for image in images:
            reseed(network, fixed_noise(self.seed))
            translated.append(forward(network, image[tf.newaxis]))
        return tf.concat(translated, axis=0)

    def probe(self, batch: Batch, seed: int | None = None) -> tf.Tensor:
        return batch[self.domains(self.directions[0])[0]]

    def call(self, probe: tf.Tensor) -> tf.Tensor:
        """What the first direction makes of its images."""
        return self.translate(probe, self.directions[0])

    def pictures(self, batch: Batch) -> Logs:
        """Rows of what comes in and what goes out, for each direction."""
        shown = {}
        for direction in self.directions:
            images = batch[self.domains(direction)[0]]
            pair = (images, self.translate(images, direction))
            shown[f"samples_{direction}"] = tf.concat(pair, axis=2)
        return shown

    def prepared(self, batch: Batch) -> Batch:
        """A minibatch after augmentation; here each image on its own."""
        return {key: self.jittered(batch[key]) for key in self.reads}

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        return self.pace() | self.updates(self.prepared(batches[0]))

    def updates(self, batch: Batch) -> Logs:
        """Both players' updates on a prepared minibatch."""
        raise NotImplementedError
