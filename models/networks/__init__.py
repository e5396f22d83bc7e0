"""The published nets, by name; any of them fits any GAN of its kind.

Notation: `C k/s f` is a convolution with kernel k, stride s and f filters, `T` a
transposed one, `FC` a dense layer; after it `b` = with a bias, `-` = without, then its
norm and activation. Sizes are those at the published image size; every net takes square
images whose side is a multiple of 4 from 28 to 256.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import keras

from models.networks import (
    began_nets,
    conditional,
    dcgan_nets,
    gan_theories_nets,
    gan_zoo_nets,
    layers,
    mlp,
    resnet,
)


class Nets(NamedTuple):
    """A generator and a discriminator, with norms and last activation of their own.

    They are built by `generator(image_shape, z_dim, width, style, output)` and
    `discriminator(image_shape, width, style)`. A Config may ask for other norms and
    another output.
    """

    generator: Callable[..., keras.Model]
    discriminator: Callable[..., keras.Model]
    g_norm: str = "batch"
    d_norm: str = "batch"
    output: str = "tanh"


# From images to a score, [B, 1].
CRITICS = {
    "dcgan": Nets(dcgan_nets.generator, dcgan_nets.discriminator),
    "dcgan_bn": Nets(
        partial(dcgan_nets.generator, start="normed"),
        dcgan_nets.discriminator,
    ),
    "lsgan": Nets(dcgan_nets.lsgan_generator, dcgan_nets.discriminator),
    "resnet": Nets(resnet.generator, resnet.critic, d_norm="layer"),
    "mnist": Nets(gan_zoo_nets.mnist_generator, gan_zoo_nets.mnist_discriminator),
    "mnist3": Nets(
        partial(gan_zoo_nets.mnist_generator, kernel=3),
        partial(gan_zoo_nets.mnist_discriminator, kernel=3),
    ),
    "mnist_lsgan": Nets(
        partial(gan_zoo_nets.mnist_generator, kernel=3, hidden=(128, 32)),
        partial(gan_zoo_nets.mnist_discriminator, kernel=3),
        g_norm="none",
        d_norm="none",
    ),
    "simpson": Nets(gan_zoo_nets.simpson_generator, gan_zoo_nets.simpson_discriminator),
    "conv3": Nets(
        gan_theories_nets.generator,
        gan_theories_nets.discriminator,
        output="sigmoid",
    ),
    "conv4": Nets(
        partial(dcgan_nets.generator, kernel=4, start="valid"),
        partial(dcgan_nets.discriminator, kernel=4),
    ),
    "mlp": Nets(mlp.generator, mlp.discriminator, g_norm="none", d_norm="none"),
    "points": Nets(
        mlp.point_generator,
        mlp.point_discriminator,
        g_norm="none",
        d_norm="none",
        output="linear",
    ),
}
# The same, which see a condition or have further outputs too.
CONDITIONAL = {
    "mirza": Nets(
        conditional.mirza_generator,
        conditional.mirza_discriminator,
        g_norm="none",
        d_norm="none",
        output="sigmoid",
    ),
    **CRITICS,
}
CLASSIFIERS = {
    "odena": Nets(conditional.odena_generator, conditional.odena_discriminator),
    **CRITICS,
}
INFORMATION = {
    "infogan": Nets(
        conditional.infogan_generator,
        conditional.infogan_discriminator,
        output="sigmoid",
    ),
    **CRITICS,
}
# From images to (reconstructions, codes [B, n]).
AUTOENCODERS = {
    "dcgan": Nets(partial(dcgan_nets.generator, kernel=4), dcgan_nets.autoencoder),
    "began": Nets(
        began_nets.generator,
        began_nets.autoencoder,
        g_norm="none",
        d_norm="none",
        output="linear",
    ),
    "began_cs": Nets(
        partial(began_nets.generator, cs=True),
        partial(began_nets.autoencoder, cs=True),
        g_norm="none",
        d_norm="none",
        output="linear",
    ),
    "mnist": Nets(
        partial(gan_zoo_nets.mnist_generator, hidden=(128, 64)),
        partial(dcgan_nets.autoencoder, kernel=5, activation="lrelu"),
    ),
    "mnist_dense": Nets(
        partial(gan_zoo_nets.mnist_generator, kernel=3, hidden=(128, 64)),
        gan_zoo_nets.dense_autoencoder,
        output="sigmoid",
    ),
    "mnist_began": Nets(
        gan_zoo_nets.began_generator,
        gan_zoo_nets.began_autoencoder,
        g_norm="none",
        d_norm="none",
    ),
    "conv3": Nets(
        gan_theories_nets.generator,
        gan_theories_nets.autoencoder,
        output="sigmoid",
    ),
    "points": Nets(
        mlp.point_generator,
        mlp.point_autoencoder,
        g_norm="none",
        d_norm="none",
        output="linear",
    ),
}
# From images to means and log-variances of codes, [B, n] each.
ENCODERS = {
    "conv3": Nets(
        gan_theories_nets.generator,
        gan_theories_nets.variational_encoder,
        output="sigmoid",
    ),
    "points": Nets(
        mlp.point_generator,
        mlp.point_encoder,
        g_norm="none",
        d_norm="none",
        output="sigmoid",
    ),
}


def create(
    nets: Nets,
    image_shape: Sequence[int],
    config: Any,
    inputs: int,
    condition: int = 0,
    outputs: int = 1,
) -> tuple[keras.Model, keras.Model]:
    """Builds a generator and a discriminator (or encoder) as a Config wants them.

    Args:
        nets: which ones.
        image_shape: of the images that the generator makes: height, width, channels.
        config: a LatentModel's.
        inputs: how many numbers the generator takes, noise and codes.
        condition: how many of them, the last ones, are a condition; the discriminator
            gets as many more channels with an image.
        outputs: how many numbers a critic puts out.
    """
    g_norm = nets.g_norm if config.g_norm == "own" else config.g_norm
    d_norm = nets.d_norm if config.d_norm == "own" else config.d_norm
    output = nets.output if config.output == "own" else config.output

    numbers = {"condition": condition, "outputs": outputs, "code": config.z_dim}
    g_style = layers.Style.of(config, g_norm, **numbers)
    d_style = layers.Style.of(config, d_norm, **numbers)

    height, width, channels = image_shape
    d_shape = (height, width, channels + condition)
    return (
        nets.generator(tuple(image_shape), inputs, config.g_width, g_style, output),
        nets.discriminator(d_shape, config.d_width, d_style),
    )
