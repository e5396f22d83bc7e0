"""CycleGAN: Zhu, Park, Isola and Efros, 2017, arXiv:1703.10593.

"Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks". Two
generators undo each other; no pairs are needed.

Departs from the authors' code: biases begin as PyTorch's (`init=normal`: at 0), rates
fall by step, not by epoch; stored images are enlarged.
"""

import dataclasses
from typing import ClassVar

import keras
import tensorflow as tf

from models.base import config, image_pool, objectives, translation


class CycleGAN(translation.TranslationModel):
    """Least-squares GANs in both directions, tied by their cycles."""

    @dataclasses.dataclass(frozen=True)
    class Config(translation.TranslationModel.Config):
        """Defaults of the paper, and of its authors' code."""

        net: translation.Net = "resnet"
        norm: translation.PatchNorm = "instance"
        dropout: float = config.below_one(0.0)
        cycle_weight: float = 10.0  # section 4: lambda
        identity_weight: float = 0.5  # section 5.2, in lambdas; 0 but for paintings
        pool_size: int = config.size(50, 10_000)  # section 4: the history of fakes
        lr_constant: float = translation.share(0.5)  # section 4: 100 epochs of 200

    reads: ClassVar = ("a", "b")
    directions: ClassVar = ("AtoB", "BtoA")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.create_players(
            {f"generator_{d}": self.create_generator() for d in self.directions},
            {f"discriminator_{d}": self.create_discriminator() for d in "ab"},
        )
        pool = self.config.pool_size, self.image_shape, keras.config.floatx()
        self.pools = {domain: image_pool.ImagePool(*pool) for domain in "ab"}

    def extras(self):
        return self.pools["a"].state("pool_a") | self.pools["b"].state("pool_b")

    def d(self, domain, images):
        """Returns scores of images' patches, [B, h, w, 1]."""
        return self.run(self.networks[f"discriminator_{domain}"], images)

    def one_way(self, batch, there, back):
        """Returns E[(D(G(x)) - 1)^2] + lambda (E[|F(G(x)) - x|] + w E[|G(y) - y|])."""
        c = self.config
        source, target = self.domains(there)
        x, y = batch[source], batch[target]  # [B, H, W, C]
        fake, same = (self.run(self.translator(there), images) for images in (x, y))
        again = self.run(self.translator(back), fake)
        gan = objectives.least_squares(self.d(target, fake), 1.0)
        cycle, identity = objectives.l1(again, x), objectives.l1(same, y)
        loss = gan + c.cycle_weight * (cycle + c.identity_weight * identity)
        logs = {"gan": gan, "cycle": cycle, "identity": identity}
        return loss, {f"g_{k}_{there}": v for k, v in logs.items()}, fake

    def g_loss(self, batch):
        """Returns both ways' losses, their parts, and the fake images by domain."""
        loss_b, logs_b, fake_b = self.one_way(batch, "AtoB", "BtoA")
        loss_a, logs_a, fake_a = self.one_way(batch, "BtoA", "AtoB")
        return loss_a + loss_b, logs_b | logs_a, {"a": fake_a, "b": fake_b}

    def d_loss(self, batch):
        """Returns (E[(D(x) - 1)^2] + E[D(fake)^2]) / 2 over both domains, and parts."""
        labels = {"a": 1.0, "fake_a": 0.0, "b": 1.0, "fake_b": 0.0}
        logs = {
            f"d_{key}": objectives.least_squares(self.d(key[-1], batch[key]), label)
            for key, label in labels.items()
        }
        return self.config.d_loss_scale * sum(logs.values()), logs

    def updates(self, batch):
        """Moves the generators, then the discriminators on pooled fakes of before."""
        with tf.GradientTape() as tape:
            g_loss, g_logs, fakes = self.g_loss(batch)
        self.players["generator"].descend(tape, g_loss)
        for domain, pool in self.pools.items():
            seed = (2 * self.seed + (domain == "b"), self.step)
            batch[f"fake_{domain}"] = pool.exchange(fakes[domain], seed)
        d_loss, d_logs = self.players["discriminator"].minimize(self.d_loss, batch)
        return {"g_loss": g_loss, "d_loss": d_loss, **g_logs, **d_logs}
