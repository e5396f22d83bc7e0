"""Training steps of the benchmarks' cases in plain Keras, as keras.io's examples do.

The networks are the project's, of Keras's own layers. A `keras.Model` has its own
`train_step` with a tape for each player, each of which runs the generator on its own
noise, and is trained by `compile` and `fit` on a tf.data pipeline. pix2pix's pairs are
jittered one by one in the pipeline. Rates are constant.
"""

import time
from collections.abc import Callable

import keras
import tensorflow as tf
from keras import ops

import models


def plain(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A new layer of the class of Keras that this one's is derived from."""
    kinds = type(layer).__mro__
    kind = next(c for c in kinds if c.__module__.startswith("keras.src"))
    return kind.from_config(layer.get_config())


def cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    """E[bce(label, sigmoid(logits))]."""
    labels = label * ops.ones_like(logits)
    return ops.mean(ops.binary_crossentropy(labels, logits, from_logits=True))


class GAN(keras.Model):
    """Two networks and one step; a subclass has the losses."""

    z_dim = 100
    d_lr, g_lr = 2e-4, 2e-4
    betas = 0.5, 0.999

    def __init__(self, generator: keras.Model, discriminator: keras.Model):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.noise = keras.random.SeedGenerator(0)

    def compile(self, jit_compile: bool | str):
        super().compile(jit_compile=jit_compile)
        self.d_optimizer, self.g_optimizer = (
            keras.optimizers.Adam(rate, *self.betas) for rate in (self.d_lr, self.g_lr)
        )

    def judge(self, images: tf.Tensor):
        """What D puts out for images."""
        return self.discriminator(images, training=True)

    def d_loss(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """What D minimises."""
        raise NotImplementedError

    def g_loss(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """What G minimises."""
        raise NotImplementedError

    def generate(self, real: tf.Tensor) -> tf.Tensor:
        """Fake images, from new noise."""
        z = keras.random.normal((ops.shape(real)[0], self.z_dim), seed=self.noise)
        return self.generator(z, training=True)

    def train_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            d_loss = self.d_loss(real, self.generate(real))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply(tape.gradient(d_loss, weights), weights)
        with tf.GradientTape() as tape:
            g_loss = self.g_loss(real, self.generate(real))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        return {"d_loss": d_loss, "g_loss": g_loss}


class DCGAN(GAN):
    """The non-saturating objective."""

    def d_loss(self, real, fake):
        real_logits, fake_logits = self.judge(real), self.judge(fake)
        return cross_entropy(real_logits, 1.0) + cross_entropy(fake_logits, 0.0)

    def g_loss(self, real, fake):
        return cross_entropy(self.judge(fake), 1.0)


class WGANGP(GAN):
    """The Wasserstein distance with a gradient penalty."""

    d_lr, g_lr = 5e-4, 1e-4
    betas = 0.0, 0.9

    def penalty(self, real, fake):
        """E[(|dC/dx| - 1)^2] between real and fake images."""
        epsilon = keras.random.uniform((ops.shape(real)[0], 1, 1, 1), seed=self.noise)
        mixed = epsilon * real + (1 - epsilon) * fake
        with tf.GradientTape() as tape:
            tape.watch(mixed)
            verdicts = self.judge(mixed)
        gradient = tape.gradient(verdicts, mixed)
        norm = ops.sqrt(ops.sum(ops.square(gradient), axis=[1, 2, 3]))
        return ops.mean(ops.square(norm - 1.0))

    def d_loss(self, real, fake):
        distance = ops.mean(self.judge(real)) - ops.mean(self.judge(fake))
        return -distance + 10.0 * self.penalty(real, fake)

    def g_loss(self, real, fake):
        return -ops.mean(self.judge(fake))


class EBGAN(GAN):
    """Energies with a margin; fake images' codes are pulled apart."""

    d_lr, g_lr = 1e-3, 1e-3
    margin = 20.0

    def energies(self, images):
        """|x - AE(x)| of each image [B], and codes."""
        reconstructions, codes = self.judge(images)
        squares = ops.sum(ops.square(images - reconstructions), axis=[1, 2, 3])
        return ops.sqrt(squares), codes

    def d_loss(self, real, fake):
        real_energies, fake_energies = self.energies(real)[0], self.energies(fake)[0]
        return ops.mean(real_energies) + ops.relu(self.margin - ops.mean(fake_energies))

    def g_loss(self, real, fake):
        energies, codes = self.energies(fake)
        unit = ops.normalize(codes)
        cosines = ops.matmul(unit, ops.transpose(unit))
        count = ops.cast(ops.shape(codes)[0], cosines.dtype)
        pull_away = (ops.sum(ops.square(cosines)) - count) / (count * (count - 1))
        return ops.mean(energies) + 0.1 * pull_away


class BEGAN(GAN):
    """Two reconstruction errors, held in a ratio by k."""

    z_dim = 64
    d_lr, g_lr = 1e-4, 1e-4
    gamma, lambda_k = 0.5, 0.001

    def __init__(self, generator: keras.Model, discriminator: keras.Model):
        super().__init__(generator, discriminator)
        self.k = self.add_weight(initializer="zeros", trainable=False)

    def error(self, images):
        """E|x - AE(x)|."""
        return ops.mean(ops.abs(images - self.judge(images)[0]))

    def d_loss(self, real, fake):
        real_error, fake_error = self.error(real), self.error(fake)
        loss = real_error - self.k * fake_error
        balance = self.gamma * real_error - fake_error
        self.k.assign(ops.clip(self.k + self.lambda_k * balance, 0.0, 1.0))
        return loss

    def g_loss(self, real, fake):
        return self.error(fake)


class Pix2Pix(DCGAN):
    """Pairs, x and y in one batch of six channels; L1 and a discriminator of pairs."""

    def generate(self, real):
        x, _ = ops.split(real, 2, axis=3)
        return ops.concatenate([x, self.generator(x, training=True)], axis=3)

    def d_loss(self, real, fake):
        return 0.5 * super().d_loss(real, fake)

    def g_loss(self, real, fake):
        (_, y), (_, fake_y) = ops.split(real, 2, axis=3), ops.split(fake, 2, axis=3)
        return super().g_loss(real, fake) + 100.0 * ops.mean(ops.abs(fake_y - y))


def floats(images: tf.Tensor) -> tf.Tensor:
    """From uint8 to [-1, 1]."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def jittered(pair: tf.Tensor) -> tf.Tensor:
    """A pair [H, W, 2 C] enlarged by 286 / 256, cropped and mirrored by chance."""
    size, _, channels = pair.shape
    big = tf.image.resize(pair, [round(size * 286 / 256)] * 2)
    crop = tf.image.random_crop(big, (size, size, channels))
    return tf.image.random_flip_left_right(crop)


CASES = {
    "dcgan": DCGAN,
    "wgan-gp": WGANGP,
    "began": BEGAN,
    "ebgan": EBGAN,
    "pix2pix": Pix2Pix,
}


def create(case: str, image_size: int, channels: int, width: float) -> GAN:
    """A GAN with fresh weights."""
    shape = image_size, image_size, channels
    model = models.create(case, shape, g_width=width, d_width=width)
    nets = model.networks["generator"], model.networks["discriminator"]
    clones = (keras.models.clone_model(net, clone_function=plain) for net in nets)
    return CASES[case](*clones)


def pipeline(case: str, dataset: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
    """Batches of floats; of pix2pix, x and y behind each other and jittered."""
    if case == "pix2pix":
        dataset = (
            dataset.map(
                lambda x, y: floats(tf.concat([x, y], axis=3)),
                num_parallel_calls=tf.data.AUTOTUNE,
            )
            .unbatch()
            .map(jittered, num_parallel_calls=tf.data.AUTOTUNE)
            .batch(batch_size, drop_remainder=True)
        )
    else:
        dataset = dataset.map(floats, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


class Clock(keras.callbacks.Callback):
    """Times the steps of a `fit` behind the first one."""

    def __init__(self, count: int):
        super().__init__()
        self.count = count

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if batch == 0:
            tf.test.experimental.sync_devices()
            self.start = time.perf_counter()
        elif batch == self.count:
            tf.test.experimental.sync_devices()
            self.seconds = time.perf_counter() - self.start


def steps(
    case: str,
    dataset: tf.data.Dataset,
    image_size: int,
    channels: int,
    width: float,
    batch_size: int,
    jit_compile: bool | str = "auto",
) -> Callable[[int], float]:
    """A function that does so many steps by `fit`, and returns their seconds.

    The first step of a `fit`, which waits for its data, is not among them.

    `dataset` has uint8 batches [B, H, W, C] without end; of pix2pix, pairs (x, y) of
    them. `jit_compile="auto"` is Keras's default: XLA on a GPU, none on a CPU.
    """
    gan = create(case, image_size, channels, width)
    gan.compile(jit_compile)
    batches = pipeline(case, dataset, batch_size)

    def run(count: int) -> float:
        clock = Clock(count)
        gan.fit(
            batches,
            steps_per_epoch=1 + count,
            shuffle=False,
            verbose=0,
            callbacks=[clock],
        )
        return clock.seconds

    return run
