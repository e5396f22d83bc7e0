"""Generators of images from images: what pix2pix and CycleGAN share."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import keras
import tensorflow as tf

from models.base import config, minibatches, optimizers, schedule
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
PatchNorm = Literal["batch", "instance", "none"]


def share(default: float) -> float:
    """Returns a field for a part of the whole, 0 to 1."""
    return dataclasses.field(default=default, metadata={"most": 1})


class TranslationModel(GenerativeModel):
    """A generator takes images of one domain to another.

    A subclass creates its players and gives `directions`, `translator` where generators
    have other names, and `updates`.
    """

    @dataclasses.dataclass(frozen=True)
    class Config(GenerativeModel.Config):
        """Nets, augmentation and rates; the defaults are GAN_package's pix2pix."""

        net: Net = "unet"  # `resnet`: 6 blocks below 256 pixels, 9 from there on
        g_width: float = config.size(1.0, 16)  # factor on the generators' filters
        d_width: float = config.size(1.0, 16)  # factor on the discriminators' filters
        norm: PatchNorm = "batch"
        init: layers.Init = "torch_normal"  # N(0, 0.02), PyTorch's biases
        bn_gamma: layers.Gamma = config.later("ones")  # the authors: around_one
        bn_epsilon: float = 1e-5
        dropout: float = config.below_one(0.5)
        enlarge: float = dataclasses.field(
            default=286 / 256, metadata={"least": 1, "most": 4}
        )  # and crop at random; 1: neither
        flip: bool = True  # mirror half of the examples
        optimizer: Literal["torch_adam", "adam"] = "torch_adam"
        d_lr: float = 2e-4
        g_lr: float = 2e-4
        beta_1: float = config.below_one(0.5)
        beta_2: float = config.below_one(0.999)
        d_loss_scale: float = 0.5  # both papers: slows D down
        lr_constant: float = share(1.0)  # of the run; then the rates fall linearly to 0

    def create_generator(self) -> keras.Model:
        """Returns a generator as the Config wants it."""
        c = self.config
        shape = self.image_shape
        style = layers.Style.of(c, c.norm, affine=False)
        if c.net == "unet":
            return image_to_image.unet(shape, c.g_width, style)
        large = c.net == "resnet9" or shape[0] >= image_to_image.LARGE
        blocks = 9 if large and c.net != "resnet6" else 6
        return image_to_image.resnet(shape, c.g_width, style, blocks)

    def create_discriminator(self, images: int = 1) -> keras.Model:
        """Returns a PatchGAN that reads so many images, one behind the other."""
        c = self.config
        style = layers.Style.of(c, c.norm, affine=False)
        height, width, channels = self.image_shape
        shape = (height, width, images * channels)
        return image_to_image.patch_discriminator(shape, c.d_width, style)

    def create_players(
        self, generators: dict[str, keras.Model], discriminators: dict[str, keras.Model]
    ) -> None:
        """Makes two players, each with the networks of its kind."""
        c = self.config
        self.networks = {**generators, **discriminators}
        g_optimizer = optimizers.create(c, c.g_lr)
        d_optimizer = optimizers.create(c, c.d_lr)
        self.players = {
            "generator": Player(*generators.values(), optimizer=g_optimizer),
            "discriminator": Player(*discriminators.values(), optimizer=d_optimizer),
        }

    def translator(self, direction: str) -> keras.Model:
        """Returns the generator of a direction."""
        return self.networks[f"generator_{direction}"]

    def domains(self, direction: str) -> tuple[str, str]:
        """Returns keys of a batch: what comes in, and what should come out."""
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

    def run(self, network: keras.Model, x: tf.Tensor) -> tf.Tensor:
        """Returns network(x) in training mode, under a dropout mask of its own."""
        reseed(network, self.rng)
        return forward(network, x, move_averages=True)

    def jittered(self, images: tf.Tensor) -> tf.Tensor:
        """Returns images enlarged, cropped at random to H x W, and mirrored."""
        c = self.config
        return jitter(self.rng, images, c.enlarge, c.flip)

    # Pictures.

    def translate(self, images: tf.Tensor, direction: str) -> tf.Tensor:
        """Translates each image by itself, under one fixed dropout mask.

        So the papers test: in training mode, where batch norm's statistics are the
        image's own and dropout stays on.
        """
        network = self.translator(direction)
        translated = []
        for image in images:
            reseed(network, fixed_noise(self.seed))
            translated.append(forward(network, image[tf.newaxis]))
        return tf.concat(translated, axis=0)

    def probe(self, batch: Batch, seed: int | None = None) -> tf.Tensor:
        return batch[self.domains(self.directions[0])[0]]

    def call(self, probe: tf.Tensor) -> tf.Tensor:
        """Returns what the first direction makes of its images."""
        return self.translate(probe, self.directions[0])

    def sample(self, count, seed=None, labels=None):
        raise ValueError(
            f"{minibatches.title(self)} makes no images from noise: call "
            f"model.translate(images, {self.directions[0]!r}) with floats [n, H, W, C] "
            "in [-1, 1]"
        )

    def pictures(self, batch: Batch) -> Logs:
        """Returns rows of what comes in and what goes out, for each direction."""
        rows = {}
        for direction in self.directions:
            images = batch[self.domains(direction)[0]]
            pair = (images, self.translate(images, direction))
            rows[f"samples_{direction}"] = tf.concat(pair, axis=2)  # [B, H, 2 W, C]
        return rows

    def prepared(self, batch: Batch) -> Batch:
        """Returns a minibatch after augmentation; here of each image on its own."""
        return {key: self.jittered(batch[key]) for key in self.reads}

    def learn(self, batches: Sequence[Batch], total_steps: int) -> Logs:
        """Runs both players' updates; the rates fall to 0 over the run's last steps."""
        rates = self.decay_rates(total_steps)
        return rates | self.updates(self.prepared(batches[0]))

    def decay_rates(self, total_steps: int) -> Logs:
        """Sets both learning rates for this step; returns those that change."""
        constant = self.config.lr_constant
        return schedule.decay_linearly(self.players, self.step, total_steps, constant)

    def updates(self, batch: Batch) -> Logs:
        """Runs both players' updates on a prepared minibatch."""
        raise NotImplementedError


def jitter(
    rng: tf.random.Generator, images: tf.Tensor, enlarge: float, flip: bool
) -> tf.Tensor:
    """Returns images [B, H, W, C] enlarged, cropped at random to H x W, half mirrored.

    Isola et al. 2017, arXiv:1611.07004, appendix 6.2: from 256 to 286 pixels and back.
    """
    _, height, width, _ = images.shape
    tall, wide = round(height * enlarge), round(width * enlarge)
    batch = tf.shape(images)[0]
    big = images
    if (tall, wide) != (height, width):
        big = tf.cast(tf.image.resize(images, (tall, wide)), images.dtype)

    def offsets(room: int) -> tf.Tensor:
        return tf.cast(rng.uniform((batch, 1)) * (room + 1), tf.int32)

    rows = offsets(tall - height) + tf.range(height)  # [B, H]
    columns = offsets(wide - width) + tf.range(width)  # [B, W]
    if flip:
        mirrored = rng.uniform((batch, 1)) < 0.5
        columns = tf.where(mirrored, tf.reverse(columns, [1]), columns)

    big = tf.gather(big, rows, axis=1, batch_dims=1)
    return tf.gather(big, columns, axis=2, batch_dims=1)
