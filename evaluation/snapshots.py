"""A run's model with the weights of one checkpoint, ready to make images."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from common.errors import UserError

if TYPE_CHECKING:
    from models.base.generative import GenerativeModel
    from training import runs

BATCH, TRANSLATED = 64, 8  # images made at a time
FILLING = 48  # latents of the probe in a batch of chosen ones
AVERAGE = "generator_ema"  # among the networks of a model that averages its generator

Kind = Literal["images", "points", "translations"]
KIND_CONFLICTS = {  # what to say of a run of this kind beside one of another
    "points": "run {!r} makes points and run {!r} images",
    "translations": "run {!r} translates images and run {!r} makes them from noise",
}


class Snapshot:
    """One run, and the checkpoint of it that is shown.

    With `ema` the generator's moving average draws; an autoencoder has none.
    """

    def __init__(self, run: runs.Run, ema: bool = False):
        self.run, self.ema = run, ema
        self.step = -1  # of the checkpoint that is loaded; none yet

    @functools.cached_property
    def model(self) -> GenerativeModel:
        """The run's model; a UserError if it lacks the average to draw with."""
        model = self.run.load_model(averaged=self.ema)
        if self.ema and AVERAGE not in model.networks:
            remedy = ", or train it anew with `--set ema=0.999`"
            raise UserError(
                f"run {self.run.name!r} has no average of its generator to draw with: "
                f"leave --ema out{remedy if 'ema' in self.run.config['config'] else ''}"
            )
        return model

    @property
    def kind(self) -> Kind:
        """What the run makes: images from noise, points, or images from images."""
        return self.model.kind

    def show(self, step: int) -> None:
        """Loads a checkpoint; FileNotFoundError where --keep has removed it."""
        if step != self.step:
            self.run.restore_networks(self.model, step)
            self.step = step

    def draw(self, z: np.ndarray) -> np.ndarray:
        """Images [n, H, W, C] in [-1, 1] for latents [n, ...]."""
        starts = range(0, len(z), BATCH)
        return np.concatenate([self.model.draw(z[s : s + BATCH]) for s in starts])

    def draw_among_others(self, z: np.ndarray) -> np.ndarray:
        """Returns images [n, H, W, C] in [-1, 1] of chosen latents [n, d].

        Each batch is filled up with latents of the probe: batch norm may work on the
        batch's statistics, and a few means, or a walk, drawn by themselves would come
        out as they never did in training.
        """
        others = np.asarray(self.model.probe(FILLING))
        portion = BATCH - FILLING
        images = []
        for start in range(0, len(z), portion):
            chosen = z[start : start + portion]
            drawn = self.draw(np.concatenate([chosen, others]))
            images.append(drawn[: len(chosen)])
        return np.concatenate(images)

    def parts(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The noise and the codes of latents [..., n]; the latter may be empty."""
        return divided(self.model, z)

    def translate(self, images: np.ndarray, direction: str) -> np.ndarray:
        """What becomes of images [n, H, W, C] in [-1, 1] of any H and W.

        They are mirrored at the right and at the bottom to what the networks take.
        """
        _, height, width, _ = images.shape
        down, right = -height % self.model.multiple, -width % self.model.multiple
        padded = np.pad(images, ((0, 0), (0, down), (0, right), (0, 0)), "reflect")
        starts = range(0, len(padded), TRANSLATED)
        translated = [
            self.model.translate(padded[s : s + TRANSLATED], direction) for s in starts
        ]
        return np.concatenate(translated)[:, :height, :width]

    @property
    def has_autoencoder(self) -> bool:
        """Whether the model reconstructs images."""
        blank = np.zeros((1, *self.model.image_shape), np.float32)
        return self.model.reconstruct(blank) is not None

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """What the autoencoder makes of images [n, H, W, C] in [-1, 1], all at once."""
        return np.asarray(self.model.reconstruct(images))

    @property
    def label(self) -> tuple[str, str]:
        """What its captions say on the left and on the right."""
        return self.run.name, f"step {self.step:,}" + " EMA" * self.model.averaged


def saved(run: runs.Run) -> list[int]:
    """Returns the steps of a run's checkpoints at this moment, ascending.

    Raises:
        UserError: there is none yet.
    """
    steps = run.checkpoints()
    if not steps:
        every = run.config["watch"]["ckpt_step"]
        raise UserError(
            f"run {run.name!r} has no checkpoint yet; it is saved every {every} steps: "
            "wait, or train it further with train.py"
        )
    return steps


def common_kind(shown: Sequence[Snapshot]) -> Kind:
    """Returns the kind that all the runs are of.

    Raises:
        UserError: they are of several kinds, which no picture shows side by side.
    """
    kinds = [snapshot.kind for snapshot in shown]
    for kind, text in KIND_CONFLICTS.items():
        if kind in kinds and set(kinds) != {kind}:
            first = kinds.index(kind)
            other = next(k for k, name in enumerate(kinds) if name != kind)
            names = text.format(shown[first].run.name, shown[other].run.name)
            raise UserError(f"{names}: draw them by calls of their own")
    return kinds[0]


def divided(model: GenerativeModel, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The noise and the codes of a model's latents [..., n]; there may be no codes."""
    codes = model.codes
    start = codes[0].start if codes else z.shape[-1]
    return z[..., :start], z[..., start:]


def latents(shown: Sequence[Snapshot], count: int) -> list[np.ndarray]:
    """`count` probe latents for each: the same ones for all whose prior agrees."""
    first: dict[str, np.ndarray] = {}
    drawn = [snapshot.model for snapshot in shown]
    return [first.setdefault(m.prior, np.asarray(m.probe(count))) for m in drawn]
