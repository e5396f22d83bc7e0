"""A run and its model, as evaluation/ sees them, without TensorFlow."""

import dataclasses
import functools

import numpy as np


class FakeModel:
    """Flat images, whose level is the checkpoint's, shaded by the latent.

    Those of the averaged generator are 0.5 brighter; reconstructions are 0.1 darker.
    """

    averaged = False
    sampling = "batch"  # so that there are no moving averages to warn of
    codes = ()
    directions = ()
    reads = ("image",)

    def __init__(self, prior, seed, image_shape, networks, autoencoder):
        self.prior, self.seed, self.image_shape = prior, seed, image_shape
        self.networks = dict.fromkeys(networks)
        self.autoencoder = autoencoder
        self.level = None
        self.seen = []

    @property
    def kind(self):
        if self.directions:
            return "translations"
        return "points" if self.image_shape == (1, 1, 2) else "images"

    def probe(self, count, seed=None):
        rng = np.random.default_rng(self.seed if seed is None else seed)
        z_dim = int(self.prior.split()[-1])
        return rng.standard_normal((count, z_dim)).astype(np.float32)

    def draw(self, z):
        self.seen.append(z)
        levels = self.level + 0.1 * np.tanh(z[:, 0]) + 0.5 * self.averaged
        return np.ones((len(z), *self.image_shape)) * levels.reshape(-1, 1, 1, 1)

    def reconstruct(self, images):
        return images - 0.1 if self.autoencoder else None


@dataclasses.dataclass(frozen=True)
class FakeCode:
    """What models.codes.Code is to evaluation/."""

    name: str
    kind: str
    start: int
    size: int

    @property
    def span(self):
        return slice(self.start, self.start + self.size)


class CodedModel(FakeModel):
    """Noise [n, 4] and codes; red is the first noise, green the category.

    Blue is the continuous code, and where there is none the sum of the other noise. The
    range of a category is 0 to 1, in a mixture their mean.
    """

    reads = ("image", "label")
    codes = (FakeCode("label", "categorical", 4, 5),)

    def probe(self, count):
        rng = np.random.default_rng(self.seed)
        z = rng.uniform(-1, 1, (count, 4 + sum(code.size for code in self.codes)))
        for code in self.codes:
            if code.kind == "categorical":
                z[:, code.span] = np.eye(code.size)[np.arange(count) % code.size]
        return z.astype(np.float32)

    def draw(self, z):
        self.seen.append(z)
        flat = np.zeros((len(z), 1, 1, 3))
        flat[..., 0] = z[:, :1, np.newaxis]
        flat[..., 2] = z[:, 1:4].mean(axis=1)[:, np.newaxis, np.newaxis]
        for code in self.codes:
            values = z[:, code.span]
            if code.kind == "categorical":
                levels = values @ np.linspace(0, 1, code.size)
                flat[..., 1] = levels.reshape(-1, 1, 1)
            else:
                flat[..., 2] = values[:, :1, np.newaxis]
        return np.broadcast_to(flat, (len(z), *self.image_shape))


class InfoModel(CodedModel):
    """One categorical and one continuous code that no dataset has names for."""

    reads = ("image",)
    codes = (
        FakeCode("c1", "categorical", 4, 3),
        FakeCode("c2", "continuous", 7, 1),
    )


class Translator(FakeModel):
    """AtoB darkens by the checkpoint's level, BtoA takes half of it back.

    Without a level it leaves images as they are. `padded` are the images it was given.
    """

    directions = ("AtoB", "BtoA")
    multiple = 4
    padded = ()

    def probe(self, count):
        raise NotImplementedError

    def translate(self, images, direction):
        self.padded += (images,)
        assert not any(side % self.multiple for side in images.shape[1:3])
        return images + {"AtoB": -1, "BtoA": 0.5}[direction] * (self.level or 0)

    def reconstruct(self, images):
        raise NotImplementedError


class OneWay(Translator):
    """A translator that knows only the way back."""

    directions = ("BtoA",)


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
    kind: type = FakeModel
    config: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        usual = {
            "watch": {"ckpt_step": 500},
            "config": {"ema": 0.0},
            "dataset": {"name": "fake", "fingerprint": ""},
            "image_shape": list(self.image_shape),
            "seed": 0,
            "steps": 300,
            "batch_size": 8,
        }
        self.config = usual | self.config

    def checkpoints(self):
        return list(self.steps)

    def metrics(self):
        return [{"step": 1, "time": 0.1, "d_loss": 0.5}]

    @functools.cached_property
    def model(self):
        prior = f"{self.distribution} {self.z_dim}"
        return self.kind(
            prior, self.seed, self.image_shape, self.networks, self.autoencoder
        )

    def fresh_model(self, averaged=False):
        self.model.averaged = averaged
        return self.model

    def restore_networks(self, model, step):
        if step in self.vanished:
            raise FileNotFoundError(step)
        model.level = step / 1000
