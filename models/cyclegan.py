"""CycleGAN: Zhu, Park, Isola and Efros, 2017, arXiv:1703.10593.

"Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks". Two
generators undo each other; no pairs are needed.

Departs from the authors' code: the rates fall in every step of the second half, not
after its epochs; images are enlarged from the stored size. Identity weight 0.5 is their
PyTorch code's; the paper has it for paintings alone (`identity_weight=0`).
"""

import dataclasses
from typing import ClassVar

import keras

from models.base import config, objectives, translation
from models.base.image_pool import ImagePool


class CycleGAN(translation.TranslationModel):
    """Least-squares GANs in both directions, tied by their cycles."""

    @dataclasses.dataclass(frozen=True)
    class Config(translation.TranslationModel.Config):
        """Defaults of the paper, and of its authors' code."""

        net: translation.Net = "resnet"
        norm: translation.Norm = "instance"
        dropout: float = config.below_one(0.0)
        cycle_weight: float = 10.0  # section 4: lambda
        identity_weight: float = 0.5  # section 5.2, in units of lambda
        pool_size: int = 50  # section 4: the history of fakes
        lr_constant: float = translation.share(0.5)  # section 4: 100 epochs of 200

    reads: ClassVar = ("a", "b")
    directions: ClassVar = ("AtoB", "BtoA")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seat(
            {f"generator_{d}": self.create_generator() for d in self.directions},
            {f"discriminator_{d}": self.create_discriminator() for d in "ab"},
        )
        pool = (self.config.pool_size, self.image_shape, keras.config.floatx())
        self.pools = {domain: ImagePool(*pool) for domain in "ab"}

    def extras(self):
        return self.pools["a"].state("pool_a") | self.pools["b"].state("pool_b")

    def judge(self, domain, images):
        """Scores of the patches of images, [B, h, w, 1]."""
        return self.run(self.networks[f"discriminator_{domain}"], images)

    def one_way(self, batch, there, back):
        """E[(D(G(x)) - 1)^2] + lambda (E[|F(G(x)) - x|] + w E[|G(y) - y|]); G(x)."""
        (source, target), c = self.domains(there), self.config
        x, y, generator = batch[source], batch[target], self.translator(there)
        fake, same = self.run(generator, x), self.run(generator, y)
        again = self.run(self.translator(back), fake)
        gan = objectives.least_squares(self.judge(target, fake), 1.0)
        cycle, same = objectives.l1(again, x), objectives.l1(same, y)
        loss = gan + c.cycle_weight * (cycle + c.identity_weight * same)
        logs = {"gan": gan, "cycle": cycle, "identity": same}
        return loss, {f"g_{k}_{there}": v for k, v in logs.items()}, fake

    def generator_loss(self, batch):
        """Both ways' losses; the logs hold the fake images, too, by their domains."""
        loss_b, logs_b, fake_b = self.one_way(batch, "AtoB", "BtoA")
        loss_a, logs_a, fake_a = self.one_way(batch, "BtoA", "AtoB")
        return loss_a + loss_b, {**logs_b, **logs_a, "a": fake_a, "b": fake_b}

    def discriminator_loss(self, batch):
        """Half of E[(D(x) - 1)^2] + E[D(fake)^2], in both domains."""
        logs = {}
        for domain in "ab":
            for key, label in ((domain, 1.0), (f"fake_{domain}", 0.0)):
                verdicts = self.judge(domain, batch[key])
                logs[f"d_{key}"] = objectives.least_squares(verdicts, label)
        return self.config.d_loss_scale * sum(logs.values()), logs

    def updates(self, batch):
        """The generators, then the discriminators on pooled fakes of before."""
        g_loss, logs = self.players["generator"].minimize(self.generator_loss, batch)
        for domain, pool in self.pools.items():
            seed = (2 * self.seed + (domain == "b"), self.step)
            batch[f"fake_{domain}"] = pool.exchange(logs.pop(domain), seed)
        d = self.players["discriminator"]
        d_loss, d_logs = d.minimize(self.discriminator_loss, batch)
        return {"g_loss": g_loss, "d_loss": d_loss, **logs, **d_logs}
