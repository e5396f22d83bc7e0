"""Training steps of the benchmarks' cases in PyTorch, as its users write them.

Networks and images are channels last. The fake images of D's update, detached, are
those of G's update; while G is updated, D's weights ask for no gradient. Adam is
PyTorch's, on CUDA the fused one, and there float32 may be TF32, as in TensorFlow.
BEGAN's rates are constant: the project's fall after 3,000 steps.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.peers import torch_nets


def cross_entropy(logits: torch.Tensor, label: float) -> torch.Tensor:
    """E[bce(label, sigmoid(logits))]."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


class GAN:
    """Two networks, their optimizers and one step; a subclass has the losses."""

    z_dim = 100
    d_lr, g_lr = 2e-4, 2e-4
    betas = 0.5, 0.999

    def __init__(self, generator: nn.Module, discriminator: nn.Module, device: str):
        self.device = torch.device(device)
        self.generator, self.discriminator = (
            net.to(device, memory_format=torch.channels_last)
            for net in (generator, discriminator)
        )
        adam = partial(
            torch.optim.Adam, betas=self.betas, fused=self.device.type == "cuda" or None
        )
        self.d_optimizer = adam(self.discriminator.parameters(), self.d_lr)
        self.g_optimizer = adam(self.generator.parameters(), self.g_lr)

    def judge(self, images: torch.Tensor) -> torch.Tensor:
        """D's verdicts of images, in float32."""
        return self.discriminator(images).float()

    def d_loss(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        """What D minimises."""
        raise NotImplementedError

    def g_loss(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        """What G minimises."""
        raise NotImplementedError

    def generate(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Real and fake images for both updates."""
        z = torch.randn(len(batch), self.z_dim, device=batch.device)
        return batch, self.generator(z)

    def step(self, batch: torch.Tensor, mixed: bool = False) -> None:
        """D's update, then G's; `mixed` multiplies matrices in bfloat16."""
        autocast = partial(torch.autocast, self.device.type, torch.bfloat16, mixed)
        with autocast():
            real, fake = self.generate(batch)
            d_loss = self.d_loss(real, fake.detach())
        self.d_optimizer.zero_grad()
        d_loss.backward()
        self.d_optimizer.step()
        self.discriminator.requires_grad_(False)
        with autocast():
            g_loss = self.g_loss(real, fake)
        self.g_optimizer.zero_grad()
        g_loss.backward()
        self.g_optimizer.step()
        self.discriminator.requires_grad_(True)


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
        epsilon = torch.rand(len(real), 1, 1, 1, device=real.device)
        mixed = epsilon * real + (1 - epsilon) * fake
        if torch.compiler.is_compiling():  # which knows no other second derivative
            gradient = torch.func.grad(lambda x: self.judge(x).sum())(mixed)
        else:
            mixed.requires_grad_()
            total = self.judge(mixed).sum()
            (gradient,) = torch.autograd.grad(total, mixed, create_graph=True)
        return (gradient.float().flatten(1).norm(dim=1) - 1).square().mean()

    def d_loss(self, real, fake):
        distance = self.judge(real).mean() - self.judge(fake).mean()
        return -distance + 10.0 * self.penalty(real, fake)

    def g_loss(self, real, fake):
        return -self.judge(fake).mean()


class EBGAN(GAN):
    """Energies with a margin; fake images' codes are pulled apart."""

    d_lr, g_lr = 1e-3, 1e-3
    margin = 20.0

    def energies(self, images):
        """|x - AE(x)| of each image [B], and codes."""
        reconstructions, codes = self.discriminator(images)
        error = images.float() - reconstructions.float()
        return error.flatten(1).norm(dim=1), codes.float()

    def d_loss(self, real, fake):
        real_energies, fake_energies = self.energies(real)[0], self.energies(fake)[0]
        return real_energies.mean() + F.relu(self.margin - fake_energies.mean())

    def g_loss(self, real, fake):
        energies, codes = self.energies(fake)
        unit, count = F.normalize(codes, dim=1), len(codes)
        pull_away = ((unit @ unit.T).square().sum() - count) / (count * (count - 1))
        return energies.mean() + 0.1 * pull_away


class BEGAN(GAN):
    """Two reconstruction errors, held in a ratio by k."""

    z_dim = 64
    d_lr, g_lr = 1e-4, 1e-4
    gamma, lambda_k = 0.5, 0.001

    def __init__(self, *args):
        super().__init__(*args)
        self.k = torch.zeros((), device=self.device)

    def error(self, images):
        """E|x - AE(x)|."""
        return F.l1_loss(self.discriminator(images)[0].float(), images.float())

    def d_loss(self, real, fake):
        real_error, fake_error = self.error(real), self.error(fake)
        loss = real_error - self.k * fake_error
        balance = (self.gamma * real_error - fake_error).detach()
        self.k = (self.k + self.lambda_k * balance).clamp(0.0, 1.0)
        return loss

    def g_loss(self, real, fake):
        return self.error(fake)


class Pix2Pix(DCGAN):
    """Pairs, x and y in one batch of six channels; L1 and a discriminator of pairs."""

    def generate(self, batch):
        real = jittered(batch)
        x, _ = real.chunk(2, 1)
        return real, torch.cat([x, self.generator(x)], 1)

    def d_loss(self, real, fake):
        return 0.5 * super().d_loss(real, fake)

    def g_loss(self, real, fake):
        (_, y), (_, fake_y) = real.chunk(2, 1), fake.chunk(2, 1)
        return super().g_loss(real, fake) + 100.0 * F.l1_loss(fake_y, y)


def jittered(images: torch.Tensor) -> torch.Tensor:
    """Images [B, C, H, W], enlarged by 286 / 256, each cropped and mirrored by chance.

    The crop's result is channels last.
    """
    count, _, size, _ = images.shape
    large = round(size * 286 / 256)
    big = F.interpolate(images, (large, large), mode="bilinear").permute(0, 2, 3, 1)
    device = images.device
    offsets = torch.randint(large - size + 1, (2, count, 1), device=device)
    rows, columns = offsets + torch.arange(size, device=device)
    mirrored = torch.rand(count, 1, device=device) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    every = torch.arange(count, device=device)[:, None, None]
    return big[every, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


CASES = {
    "dcgan": DCGAN,
    "wgan-gp": WGANGP,
    "began": BEGAN,
    "ebgan": EBGAN,
    "pix2pix": Pix2Pix,
}


def create(
    case: str, image_size: int, channels: int, width: float, device: str = "cpu"
) -> GAN:
    """A GAN with fresh weights."""
    nets = [make(image_size, channels, width) for make in torch_nets.NETS[case]]
    return CASES[case](*nets, device)


def steps(
    case: str,
    image_size: int,
    channels: int,
    width: float,
    batch_size: int,
    device: str = "cpu",
    dtype: str = "float32",
    compiled: bool = False,
) -> Callable[[int], None]:
    """A function that does so many steps on one batch in memory, and waits for them.

    `dtype` is float32 or bfloat16, the latter by autocast. `compiled` compiles the
    generator's pass and both losses, in the first step.
    """
    gan = create(case, image_size, channels, width, device)
    if compiled:
        # In one graph of fixed shapes or not at all: never in part, unnoticed.
        whole = partial(torch.compile, fullgraph=True, dynamic=False)
        gan.generate = whole(gan.generate)
        gan.d_loss, gan.g_loss = whole(gan.d_loss), whole(gan.g_loss)
    cuda = gan.device.type == "cuda"
    if cuda:
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    planes = 2 * channels if case == "pix2pix" else channels
    batch = 2 * torch.rand((batch_size, planes, image_size, image_size)) - 1
    batch = batch.to(device, memory_format=torch.channels_last)

    def run(count: int) -> None:
        for _ in range(count):
            gan.step(batch, mixed=dtype == "bfloat16")
        if cuda:
            torch.cuda.synchronize(device)

    return run
