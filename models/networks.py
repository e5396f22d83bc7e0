"""Networks that several papers share, as plain Keras models.

The nets are tf.gans-comparison's at 64 pixels. Notation: `C k/s f` is a convolution
with kernel k, stride s and f filters, `T` a transposed one, `FC` a dense layer. Every
network takes square images whose side is a multiple of 4 from 28 to 256.
"""

import keras

from models import layers


def halvings(size: int, smallest: int) -> int:
    """How often `size` can be halved without a remainder or falling below `smallest`.

    >>> halvings(64, 4), halvings(28, 4), halvings(64, 7)
    (4, 2, 3)
    """
    count = 0
    while size % 2 == 0 and size // 2 >= smallest:
        size, count = size // 2, count + 1
    return count


def filters(base: int, doublings: int, width: float) -> int:
    """`base` doubled so often, at most 1024, times `width`, at least 1."""
    if width <= 0:
        raise ValueError(f"a width factor of {width} leaves no filters: it must be > 0")
    return max(1, round(min(base * 2**doublings, 1024) * width))


def dcgan_generator(
    image_shape: tuple[int, int, int], z_dim: int, width: float = 1.0, kernel: int = 5
) -> keras.Model:
    """From z [B, z_dim] to images [B, H, W, C] in (-1, 1).

    At 64 pixels: FC 16384 b relu -> 4x4x1024; T k/2 512, 256, 128, each BN relu;
    T k/2 C b tanh. Other sizes have more or fewer of the transposed convolutions.
    """
    size, _, channels = image_shape
    doublings = halvings(size, smallest=4)
    start, depth = size >> doublings, filters(64, doublings, width)
    net = keras.Sequential(name="generator")
    net.add(keras.Input((z_dim,)))
    net.add(keras.layers.Dense(start * start * depth))  # no batch norm here
    net.add(keras.layers.ReLU())
    net.add(keras.layers.Reshape((start, start, depth)))
    for i in reversed(range(1, doublings)):
        net.add(up(filters(64, i, width), kernel, use_bias=False))
        net.add(layers.batch_norm())
        net.add(keras.layers.ReLU())
    net.add(up(channels, kernel))
    net.add(output("tanh"))
    return net


def dcgan_discriminator(
    image_shape: tuple[int, int, int], width: float = 1.0, kernel: int = 5
) -> keras.Model:
    """From images [B, H, W, C] to logits [B, 1].

    At 64 pixels: C k/2 64 b lrelu; C k/2 128, 256, 512, each BN lrelu; FC 1 b.
    """
    net = keras.Sequential(name="discriminator")
    net.add(keras.Input(image_shape))
    for i in range(halvings(image_shape[0], smallest=4)):
        net.add(down(filters(64, i, width), kernel, use_bias=i == 0))
        if i > 0:
            net.add(layers.batch_norm())
        net.add(layers.leaky_relu())
    net.add(keras.layers.Flatten())
    net.add(keras.layers.Dense(1, dtype=keras.config.floatx()))
    return net


def autoencoder(
    image_shape: tuple[int, int, int], width: float = 1.0, kernel: int = 4
) -> keras.Model:
    """From images [B, H, W, C] to (reconstructions, latents [B, n]).

    At 64 pixels: C 4/2 64 b lrelu; C 4/2 128, 256, each BN lrelu (the latent,
    [B, 8, 8, 256]); T 4/2 128, 64, each BN lrelu; T 4/2 C b linear.
    """
    depth = halvings(image_shape[0], smallest=7)
    x = images = keras.Input(image_shape)
    for i in range(depth):
        x = down(filters(64, i, width), kernel, use_bias=i == 0)(x)
        x = layers.batch_norm()(x) if i > 0 else x
        x = layers.leaky_relu()(x)
    latents = x
    for i in reversed(range(depth - 1)):
        x = up(filters(64, i, width), kernel, use_bias=False)(x)
        x = layers.leaky_relu()(layers.batch_norm()(x))
    x = output("linear")(up(image_shape[2], kernel)(x))
    latents = output("linear")(keras.layers.Flatten()(latents))
    return keras.Model(images, (x, latents), name="discriminator")


def down(filters: int, kernel: int, use_bias: bool = True) -> keras.layers.Layer:
    """`C k/2`: halves height and width."""
    return keras.layers.Conv2D(filters, kernel, 2, "same", use_bias=use_bias)


def up(filters: int, kernel: int, use_bias: bool = True) -> keras.layers.Layer:
    """`T k/2`: doubles height and width."""
    return keras.layers.Conv2DTranspose(filters, kernel, 2, "same", use_bias=use_bias)


def output(activation: str) -> keras.layers.Layer:
    """A network's last activation, in full precision under any policy."""
    return keras.layers.Activation(activation, dtype=keras.config.floatx())
