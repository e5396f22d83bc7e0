"""VAE, "Auto-Encoding Variational Bayes": Kingma and Welling, 2013, arXiv:1312.6114.

Departs from the paper, as GAN_Theories does: the noise of the code and z are U(0, 1)
(`z=normal` is the paper's), losses are sums over the batch, the nets are DCGAN's kind
instead of perceptrons, and sigma is not learnt. Not reproduced: the original builds its
decoder twice, which TensorFlow 1 refused; here both uses share their weights.
"""

import dataclasses
from typing import Literal

import tensorflow as tf

from models import networks
from models.base import config, objectives, optimizers, schedule
from models.base.generative import Player, forward
from models.base.latent import LatentModel, Pixels, Prior
from models.networks import layers


class VAE(LatentModel):
    """An encoder and a generator minimise the negative evidence lower bound."""

    @dataclasses.dataclass(frozen=True)
    class Config(LatentModel.Config):
        """Defaults of GAN_Theories."""

        net: Literal[*networks.ENCODERS] = "conv3"
        likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"
        deviation: float = config.later(1.0, least=1e-3)  # paper, appendix C.2: sigma
        lr: float = 1e-4
        lr_decay: float = 0.5
        lr_decay_steps: int = 50_000
        beta_1: float = 0.9
        z: Prior = "unit"
        pixels: Pixels = "unit"
        init: layers.Init = "normal"
        bn_gamma: layers.Gamma = "none"
        bn_epsilon: float = 1e-3
        sampling: Literal["moving", "batch"] = "batch"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        c = self.config
        bounded = c.pixels != "signed" and c.output in ("own", "sigmoid")
        if c.likelihood == "bernoulli" and not bounded:
            raise ValueError(
                f"likelihood=bernoulli does not fit pixels={c.pixels} and "
                f"output={c.output}: it needs numbers in [0, 1]; use gaussian"
            )

        nets = networks.ENCODERS[c.net]
        generator, encoder = networks.create(nets, self.image_shape, c, c.z_dim)
        self.networks = {"generator": generator, "encoder": encoder}
        optimizer = optimizers.create(c, c.lr)
        self.players = {"vae": Player(generator, encoder, optimizer=optimizer)}

    def negative_elbo(self, batch):
        """Returns the sum of -log p(x|z) + KL(q(z|x) || N(0, 1)), and its parts."""
        x = batch["image"]  # [B, H, W, C]
        mean, log_variance = forward(self.networks["encoder"], x, move_averages=True)
        code = mean + tf.exp(log_variance / 2) * batch["z"]  # [B, n]
        y = forward(self.generator, code, move_averages=True)  # [B, H, W, C]

        nll = objectives.batch_sum(self.negative_log_likelihood(x, y))
        kl = objectives.batch_sum(objectives.kl_divergence(mean, log_variance))
        return nll + kl, {"reconstruction_loss": nll, "kl": kl}

    def negative_log_likelihood(self, x, y):
        """Returns -log p(x|z) by `likelihood`, whose mean is y = G(z), [B]."""
        if self.config.likelihood == "bernoulli":
            return objectives.bernoulli(x, y)
        return objectives.gaussian(x, y, self.config.deviation)

    def learn(self, batches, total_steps):
        """Runs one update of both networks."""
        c = self.config
        player = self.players["vae"]
        step = player.optimizer.iterations.value
        logs = schedule.decay_exponentially(
            self.players, step, c.lr_decay, c.lr_decay_steps, c.lr_floor
        )
        loss, parts = player.minimize(self.negative_elbo, self.prepared(batches[0]))
        return {"loss": loss, **parts, **logs}

    def reconstruct(self, images):
        mean, _ = self.sampled(self.networks["encoder"], self.inward(images))
        return self(mean)
