"""A run's model with the weights of one checkpoint, ready to make images."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from common.errors import UserError
from evaluation import batch_statistics, step_selection
from training import runs

if TYPE_CHECKING:
    from models.base.generative import GenerativeModel

DRAWING_BATCH = batch_statistics.BATCH  # images at a time
TRANSLATION_BATCH = 8
FILLING = 48  # latents of the probe in a batch of chosen ones
AVERAGE = "generator_ema"  # among the networks of a model that averages its generator

Kind = Literal["images", "points", "translations"]
MIXED_KINDS = {  # what to say of a run of this kind beside one of another
    "points": "run {!r} makes points and run {!r} images",
    "translations": "run {!r} translates images and run {!r} makes them from noise",
}


class Snapshot:
    """One run, and the checkpoint of it that is loaded.

    With `ema` the generator's moving average draws; an autoencoder has none. Batch norm
    works on `statistics`, or else on what the run's configuration says.
    """

    def __init__(self, run: runs.Run, ema: bool = False, statistics: str = ""):
        self.run, self.ema, self.statistics = run, ema, statistics
        self.step = -1  # of the checkpoint that is loaded; none yet

    @functools.cached_property
    def model(self) -> GenerativeModel:
        """The run's model; a UserError if it cannot draw as it is asked to."""
        model = self.run.fresh_model(averaged=self.ema)
        if self.ema and AVERAGE not in model.networks:
            remedy = ", or train it anew with `--set ema=0.999`"
            raise UserError(
                f"run {self.run.name!r} has no average of its generator to draw with: "
                f"leave --ema out{remedy if 'ema' in self.run.config['config'] else ''}"
            )
        batch_statistics.choose(model, self.statistics, self.run.name)
        return model

    @functools.cached_property
    def standing(self) -> batch_statistics.Standing:
        """What computes standing statistics of the model."""
        return batch_statistics.Standing(self.model)

    @property
    def kind(self) -> Kind:
        """What the run makes: images from noise, points, or images from images."""
        return self.model.kind

    def show(self, step: int) -> None:
        """Loads a checkpoint; FileNotFoundError where --keep has removed it."""
        if step != self.step:
            self.run.restore_networks(self.model, step)
            if self.statistics == "standing":
                self.standing.update()
            self.step = step

    def show_selected(self, step: str) -> None:
        """Loads the checkpoint that --step asks for; of all of them, the latest.

        Raises:
            UserError: it is not there, or has been removed meanwhile.
        """
        moments = step_selection.align([runs.saved(self.run)])
        (moment,) = step_selection.select(moments, "latest" if step == "all" else step)
        try:
            self.show(moment)
        except FileNotFoundError as error:
            raise UserError(
                f"step {moment} of run {self.run.name!r} was removed (--keep) before "
                "it could be read; run eval.py again"
            ) from error

    def draw(self, z: np.ndarray) -> np.ndarray:
        """Returns images [n, H, W, C] in [-1, 1] for latents [n, ...]."""
        starts = range(0, len(z), DRAWING_BATCH)
        return np.concatenate(
            [self.model.draw(z[s : s + DRAWING_BATCH]) for s in starts]
        )

    def draw_among_others(self, z: np.ndarray) -> np.ndarray:
        """Returns images [n, H, W, C] in [-1, 1] of chosen latents [n, d].

        Each batch is filled up with latents of the probe: batch norm may work on the
        batch's statistics, and a few means, or a walk, drawn by themselves would come
        out as they never did in training.
        """
        others = np.asarray(self.model.probe(FILLING))
        portion = DRAWING_BATCH - FILLING
        images = []
        for start in range(0, len(z), portion):
            chosen = z[start : start + portion]
            batch = self.draw(np.concatenate([chosen, others]))
            images.append(batch[: len(chosen)])
        return np.concatenate(images)

    def parts(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns noise and codes of latents [..., n]; there may be no codes."""
        return divided(self.model, z)

    def translate(self, images: np.ndarray, direction: str) -> np.ndarray:
        """Returns translations of images [n, H, W, C] in [-1, 1], of any H and W.

        They are mirrored at the right and at the bottom to what the networks take.
        """
        _, height, width, _ = images.shape
        down, right = -height % self.model.multiple, -width % self.model.multiple
        padded = np.pad(images, ((0, 0), (0, down), (0, right), (0, 0)), "reflect")

        starts = range(0, len(padded), TRANSLATION_BATCH)
        translated = [
            self.model.translate(padded[s : s + TRANSLATION_BATCH], direction)
            for s in starts
        ]
        return np.concatenate(translated)[:, :height, :width]

    @property
    def has_autoencoder(self) -> bool:
        """Whether the model reconstructs images."""
        blank = np.zeros((1, *self.model.image_shape), np.float32)
        return self.model.reconstruct(blank) is not None

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Returns reconstructions of images [n, H, W, C] in [-1, 1], all at once."""
        return np.asarray(self.model.reconstruct(images))

    @property
    def label(self) -> tuple[str, str]:
        """What its captions say on the left and on the right."""
        words = [f"step {self.step:,}"]
        if self.model.averaged:
            words.append("EMA")
        if self.statistics:
            words.append(f"{self.statistics} statistics")
        return self.run.name, " ".join(words)


def common_kind(group: Sequence[Snapshot]) -> Kind:
    """Returns the kind that all the runs are of.

    Raises:
        UserError: they are of several kinds, which no picture shows side by side.
    """
    kinds = [snapshot.kind for snapshot in group]
    for kind, text in MIXED_KINDS.items():
        if kind in kinds and set(kinds) != {kind}:
            first = kinds.index(kind)
            other = next(k for k, name in enumerate(kinds) if name != kind)
            names = text.format(group[first].run.name, group[other].run.name)
            raise UserError(f"{names}: draw them by calls of their own")
    return kinds[0]


def divided(model: GenerativeModel, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns noise and codes of a model's latents [..., n]; there may be no codes."""
    codes = model.codes
    start = codes[0].start if codes else z.shape[-1]
    return z[..., :start], z[..., start:]


def latents(group: Sequence[Snapshot], count: int) -> list[np.ndarray]:
    """Returns `count` probe latents for each: the same ones where priors agree."""
    by_prior: dict[str, np.ndarray] = {}
    for snapshot in group:
        model = snapshot.model
        by_prior.setdefault(model.prior, np.asarray(model.probe(count)))
    return [by_prior[snapshot.model.prior] for snapshot in group]
