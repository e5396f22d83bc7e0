"""The networks of the benchmarks' cases in PyTorch.

They are the project's networks for its default Config. Where a kernel of 5 or 3 has
stride 2, TensorFlow's SAME padding adds its odd row and column behind the image, while
`padding=kernel // 2` uses them in front of it. PyTorch's users write the latter, which
is the same function of mirrored images under mirrored kernels, of the same cost.
Linear layers count the numbers of an image by channel, height and width. Weights begin
as PyTorch's layers make them.
"""

import itertools
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

relu = partial(nn.ReLU, inplace=True)
lrelu = partial(nn.LeakyReLU, 0.2, inplace=True)


def halvings(size: int, smallest: int) -> int:
    """How often an even size can be halved without falling below `smallest`."""
    count = 0
    while size % 2 == 0 and size // 2 >= smallest:
        size, count = size // 2, count + 1
    return count


def scaled(count: int, width: float) -> int:
    """`count` filters times `width`."""
    return max(1, round(count * width))


def doubled(count: int, width: float) -> list[int]:
    """So many counts of filters: 64, 128, ... 1024, times `width`."""
    return [scaled(min(64 * 2**i, 1024), width) for i in range(count)]


class Image(nn.Module):
    """From rows [B, C h w] to images [B, C, h, w], channels last."""

    def __init__(self, channels: int, side: int):
        super().__init__()
        self.shape = channels, side, side

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, self.shape).contiguous(memory_format=torch.channels_last)


def down(before: int, count: int, kernel: int, bias: bool = True) -> nn.Conv2d:
    """A convolution that halves height and width."""
    return nn.Conv2d(before, count, kernel, 2, (kernel - 1) // 2, bias=bias)


def up(before: int, count: int, kernel: int, bias: bool = True) -> nn.ConvTranspose2d:
    """A transposed convolution that doubles height and width."""
    padding, more = (kernel - 1) // 2, kernel % 2
    return nn.ConvTranspose2d(before, count, kernel, 2, padding, more, bias=bias)


def normed(make, counts: Sequence[int], kernel: int, activation) -> list[nn.Module]:
    """Layers from each count to the next, with batch norm and activation."""
    layers = []
    for before, count in itertools.pairwise(counts):
        layers += [make(before, count, kernel, bias=False), nn.BatchNorm2d(count)]
        layers += [activation()]
    return layers


def dcgan_generator(size: int, channels: int, width: float, kernel: int = 5):
    """DCGAN's: Linear, then transposed convolutions with batch norm."""
    n = halvings(size, 4)
    counts, side = doubled(n + 1, width)[:0:-1], size >> n
    first = [nn.Linear(100, counts[0] * side**2), relu(), Image(counts[0], side)]
    last = [up(counts[-1], channels, kernel), nn.Tanh()]
    return nn.Sequential(*first, *normed(up, counts, kernel, relu), *last)


def dcgan_discriminator(size: int, channels: int, width: float):
    """DCGAN's: convolutions of stride 2 with batch norm, then Linear."""
    n = halvings(size, 4)
    counts = doubled(n, width)
    layers = [down(channels, counts[0], 5), lrelu(), *normed(down, counts, 5, lrelu)]
    logit = nn.Linear(counts[-1] * (size >> n) ** 2, 1)
    return nn.Sequential(*layers, nn.Flatten(), logit)


class Autoencoder(nn.Module):
    """Reconstructions [B, C, H, W] and codes [B, n] of images."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        codes = self.encoder(x)
        return self.decoder(codes), codes.flatten(1)


def ebgan_autoencoder(size: int, channels: int, width: float):
    """EBGAN's: convolutions of stride 2 and transposed ones, kernel 4."""
    counts = doubled(halvings(size, 7), width)
    layers = [down(channels, counts[0], 4), lrelu(), *normed(down, counts, 4, lrelu)]
    back = [*normed(up, counts[::-1], 4, lrelu), up(counts[0], channels, 4)]
    return Autoencoder(nn.Sequential(*layers), nn.Sequential(*back))


class Block(nn.Module):
    """WGAN-GP's residual block: norm, ReLU, convolution, ReLU, twice, and a shortcut.

    `before` resizes what goes into its convolutions, `after` what comes out of them.
    """

    def __init__(self, norm, counts: tuple[int, int, int], before=None, after=None):
        super().__init__()
        count, middle, filters = counts
        before, after = before or nn.Identity(), after or nn.Identity()
        first = nn.Conv2d(count, middle, 3, padding=1, bias=False)
        second = nn.Conv2d(middle, filters, 3, padding=1)
        layers = [norm(count), relu(), before, first, relu()]
        layers += [norm(middle), relu(), second, relu(), after]
        self.branch = nn.Sequential(*layers)
        self.shortcut = nn.Sequential(before, after, nn.Conv2d(count, filters, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.branch(x) + self.shortcut(x)


def resnet_generator(size: int, channels: int, width: float):
    """WGAN-GP's: Linear, residual blocks that double, a convolution."""
    n, count = halvings(size, 4), scaled(512, width)
    layers = [nn.Linear(100, count * (size >> n) ** 2), Image(count, size >> n)]
    for i in reversed(range(n)):
        counts = count, *[scaled(min(64 * 2**i, 512), width)] * 2
        layers += [Block(nn.BatchNorm2d, counts, before=nn.Upsample(scale_factor=2))]
        count = counts[-1]
    layers += [nn.BatchNorm2d(count), relu()]
    return nn.Sequential(*layers, nn.Conv2d(count, channels, 3, padding=1), nn.Tanh())


def resnet_critic(size: int, channels: int, width: float):
    """WGAN-GP's: a convolution, residual blocks that halve, Linear."""
    n, count = halvings(size, 4), scaled(64, width)
    norm = partial(nn.GroupNorm, 1, eps=1e-12)
    layers = [nn.Conv2d(channels, count, 3, padding=1)]
    for i in range(n):
        counts = count, count, scaled(min(128 * 2**i, 512), width)
        layers += [Block(norm, counts, after=nn.AvgPool2d(2))]
        count = counts[-1]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(count * (size >> n) ** 2, 1))


def elu(before: int, count: int, stride: int = 1) -> list[nn.Module]:
    """A convolution of kernel 3, and ELU."""
    return [nn.Conv2d(before, count, 3, stride, 1), nn.ELU(inplace=True)]


def began_decoder(size: int, channels: int, width: float):
    """BEGAN's generator, and the decoder of its discriminator."""
    n, count = halvings(size, 7), scaled(128, width)
    layers = [nn.Linear(64, count * (size >> n) ** 2), Image(count, size >> n)]
    for i in range(n + 1):
        layers += [nn.Upsample(scale_factor=2)] if i else []
        layers += elu(count, count) + elu(count, count)
    return nn.Sequential(*layers, nn.Conv2d(count, channels, 3, padding=1))


def began_autoencoder(size: int, channels: int, width: float):
    """BEGAN's: convolutions that halve and widen at once, Linear, and the decoder."""
    n = halvings(size, 7)
    counts = [scaled(128 * (i + 1), width) for i in range(n + 1)]
    layers = elu(channels, counts[0])
    for i, count in enumerate(counts):
        layers += elu(count, count) + elu(count, count)
        layers += elu(count, counts[i + 1], 2) if i < n else elu(count, count)
    code = nn.Linear(counts[-1] * (size >> n) ** 2, 64)
    encoder = nn.Sequential(*layers, nn.Flatten(), code)
    return Autoencoder(encoder, began_decoder(size, channels, width))


class UNet(nn.Module):
    """pix2pix's generator: down to 1x1 and back, with skips.

    Leaky ReLU changes a skip in place: the ReLU behind it makes the same of both.
    """

    def __init__(self, size: int, channels: int, width: float):
        super().__init__()
        n = halvings(size, 1)
        counts = [channels] + [scaled(min(64 * 2**i, 512), width) for i in range(n)]
        downs, ups = [down(channels, counts[1], 4)], []
        for i in range(1, n):
            layers = [lrelu(), down(counts[i], counts[i + 1], 4)]
            layers += [nn.BatchNorm2d(counts[i + 1])] if i + 1 < n else []
            downs += [nn.Sequential(*layers)]
        for i in reversed(range(n)):
            before = counts[i + 1] * (2 if ups else 1)
            layers = [relu(), up(before, counts[i], 4)]
            layers += [nn.BatchNorm2d(counts[i])] if i else [nn.Tanh()]
            layers += [nn.Dropout(0.5)] if i and len(ups) < 3 else []
            ups += [nn.Sequential(*layers)]
        self.downs, self.ups = nn.ModuleList(downs), nn.ModuleList(ups)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for layer in self.downs:
            x = layer(x)
            skips.append(x)
        x = self.ups[0](skips.pop())
        for layer in self.ups[1:]:
            x = layer(torch.cat([x, skips.pop()], 1))
        return x


def patch_discriminator(size: int, channels: int, width: float):
    """pix2pix's: a logit for each 70x70 pixels of a pair, [B, 1, h, w]."""
    counts = doubled(4, width)
    layers = [down(2 * channels, counts[0], 4), lrelu()]
    for i, stride in ((1, 2), (2, 2), (3, 1)):
        layers += [nn.Conv2d(counts[i - 1], counts[i], 4, stride, 1)]
        layers += [nn.BatchNorm2d(counts[i]), lrelu()]
    return nn.Sequential(*layers, nn.Conv2d(counts[-1], 1, 4, 1, 1))


NETS = {
    "dcgan": (dcgan_generator, dcgan_discriminator),
    "wgan-gp": (resnet_generator, resnet_critic),
    "began": (began_decoder, began_autoencoder),
    "ebgan": (partial(dcgan_generator, kernel=4), ebgan_autoencoder),
    "pix2pix": (UNet, patch_discriminator),
}
