"""A run and its model, as evaluation/ sees them, without TensorFlow."""

import dataclasses
import functools

import numpy as np


class FakeModel:
    """Flat images, whose level is the checkpoint's, shaded by the latent.

    Those of the averaged generator are 0.5 brighter; reconstructions are 0.1 darker.
    """

    averaged = False

    def __init__(self, prior, seed, image_shape, networks, autoencoder):
        self.prior, self.seed, self.image_shape = prior, seed, image_shape
        self.networks = dict.fromkeys(networks)
        self.autoencoder = autoencoder
        self.of_points = image_shape == (1, 1, 2)
        self.level = None
        self.seen = []

    def probe(self, count):
        rng = np.random.default_rng(self.seed)
        z_dim = int(self.prior.split()[-1])
        return rng.standard_normal((count, z_dim)).astype(np.float32)

    def __call__(self, z):
        self.seen.append(z)
        levels = self.level + 0.1 * np.tanh(z[:, 0]) + 0.5 * self.averaged
        return np.ones((len(z), *self.image_shape)) * levels.reshape(-1, 1, 1, 1)

    def reconstruct(self, images):
        return images - 0.1 if self.autoencoder else None


@dataclasses.dataclass
class FakeRun:
    """A run with checkpoints at `steps`, of which `vanished` cannot be read."""

    name: str = "a"
    steps: tuple = (100, 200, 300)
    vanished: tuple = ()
    z_dim: int = 8
    seed: int = 0
    image_shape: tuple = (28, 28, 1)
    distribution: str = "normal"
    networks: tuple = ("generator",)
    autoencoder: bool = False
    config: dict = dataclasses.field(
        default_factory=lambda: {
            "watch": {"ckpt_step": 500},
            "dataset": {"name": "fake", "fingerprint": ""},
        }
    )

    def checkpoints(self):
        return list(self.steps)

    def metrics(self):
        return [{"step": 1, "time": 0.1, "d_loss": 0.5}]

    @functools.cached_property
    def model(self):
        prior = f"{self.distribution} {self.z_dim}"
        return FakeModel(
            prior, self.seed, self.image_shape, self.networks, self.autoencoder
        )

    def load_model(self):
        return self.model

    def restore_networks(self, model, step):
        if step in self.vanished:
            raise FileNotFoundError(step)
        model.level = step / 1000
