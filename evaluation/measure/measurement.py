"""Measures models against the real images of a dataset."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from absl import logging

from datasets.info import Info
from evaluation import features, snapshots, training_data
from evaluation.features import array_cache, extractor
from evaluation.measure import plans, results
from evaluation.measure.provenance import Provenance
from evaluation.metrics import (
    fid,
    inception_score,
    kid,
    ms_ssim,
    path_length,
    precision_recall,
)
from evaluation.pictures import interpolation
from models.base.generative import GenerativeModel

STRIDE = 1 / 64  # of the latent paths whose smoothness is measured
PATHS = 1000
SUBSET = 1000  # images that a KID is computed on at a time
IN_MEMORY = 1024  # images at a time
MS_SSIM_PAIRS = IN_MEMORY // 2  # of the first of them

Value = TypeVar("Value")


class NotFiniteImagesError(ValueError):
    """A model makes images with pixels that are not finite."""


class Sampler:
    """Images of latents by one model, a batch at a time."""

    def __init__(self, model: GenerativeModel):
        self.model = model

    def draw(self, z: np.ndarray) -> np.ndarray:
        """Returns images [n, H, W, C] in [-1, 1] of latents [n, d].

        All batches are whole: the last one is filled up, and what is too much dropped.

        Raises:
            NotFiniteImagesError: a pixel is not finite.
        """
        size = snapshots.DRAWING_BATCH
        filled = np.resize(z, (-(-len(z) // size) * size, z.shape[1]))
        batches = filled.reshape(-1, size, z.shape[1])
        images = [np.float32(self.model.draw(batch)) for batch in batches]
        if not all(np.isfinite(batch).all() for batch in images):
            raise NotFiniteImagesError("images are not finite")
        return np.concatenate(images)[: len(z)]


class Measurer:
    """The real images of a plan, read once, and what is measured against them."""

    def __init__(
        self,
        info: Info,
        plan: plans.MetricPlan,
        data_dir: Path,
        inception: Path | None = None,
    ):
        self.info, self.plan = info, plan
        self.extractor = features.create(plan.extractor, info, data_dir, inception)
        self.has_fid = fid.is_enough(plan.samples, self.extractor.dimensions)
        if not self.has_fid:
            logging.warning("%s", self.without_fid())

        reference, _ = plans.halves(info)
        self.real = self.real_features(reference, 0)

        # Subsets of all there is would be the same ones, and their error 0.
        size = min(SUBSET, plan.samples // 2)
        real = self.real.features
        self.kernels = kid.KernelReference(real, plan.samples, size=size)
        self.manifold = precision_recall.RealManifold(real)

    def without_fid(self) -> str:
        """Says why the FID is left out, and what would give it."""
        needed = self.extractor.dimensions + 1
        most = plans.available(self.info)
        if most >= needed:
            remedy = f"--eval_samples {needed} to {most} gives it"
        else:
            remedy = f"{self.info.dataset} has {most:,} to compare with as many others"
        return (
            f"no FID: a covariance of {needed - 1:,} features needs {needed:,} images, "
            f"not {self.plan.samples:,}; {remedy}. All else is measured"
        )

    @functools.cached_property
    def gaussian(self) -> fid.FrechetReference:
        """The Gaussian of the real images' features."""
        return fid.FrechetReference(fid.FeatureMoments.of(self.real.features))

    def provenance(self, model: GenerativeModel) -> Provenance:
        """Returns that of the numbers that are measured of a model."""
        return Provenance.of(model, self.info, self.plan, self.extractor)

    @functools.cached_property
    def floor(self) -> results.Numbers:
        """Metrics of as many other real images as samples.

        They are the best that a perfect generator could reach.
        """
        reference, others = plans.halves(self.info)
        start = self.plan.samples if others is reference else 0
        first = next(self.real_images(others, start))
        return self.compared(self.real_features(others, start)) | diversity(first)

    def cheap(self, sampler: Sampler) -> dict[str, float]:
        """Returns the two distances alone: what is measured during training."""
        fake, _ = self.extracted(self.samples(sampler))
        return self.named(self.distances(fake.features))

    def numbers(self, sampler: Sampler) -> results.Numbers:
        """Returns all that is measured of a model as it is now."""
        fake, first = self.extracted(self.samples(sampler))
        smoothness = {"path_length": self.path_length(sampler)}
        return self.compared(fake) | self.named(smoothness) | diversity(first)

    # Images, IN_MEMORY at a time.

    def samples(self, sampler: Sampler) -> Iterator[np.ndarray]:
        """Yields images of the plan's latents."""
        z = np.asarray(sampler.model.probe(self.plan.samples, self.plan.seed))
        for start in range(0, len(z), IN_MEMORY):
            yield sampler.draw(z[start : start + IN_MEMORY])

    def real_images(self, part: Info, start: int) -> Iterator[np.ndarray]:
        """Yields as many images of a part of the data, from number `start` on."""
        positions = np.arange(start, start + self.plan.samples)
        for _, values in training_data.blocks(part, positions, at_once=IN_MEMORY):
            yield values["image"]

    def extracted(
        self, portions: Iterator[np.ndarray]
    ) -> tuple[extractor.Features, np.ndarray]:
        """Returns the features of all images, and the first portion of these."""
        first = next(portions)
        parts = [self.extractor(first), *map(self.extractor, portions)]
        features = np.concatenate([part.features for part in parts])
        logits = [part.logits for part in parts if part.logits is not None]
        joined = np.concatenate(logits) if logits else None
        return extractor.Features(features, joined), first

    def real_features(self, part: Info, start: int) -> extractor.Features:
        """Returns the features of real images, kept beside the shards for next time."""
        n, x = self.plan.samples, self.extractor
        name = f"{x.name}-{x.digest[:16]}-{part.fingerprint[:16]}-{start}-{n}.npz"
        path = part.directory / name
        recipe = {
            "extractor": x.digest,
            "data": part.fingerprint,
            "start": start,
            "images": n,
        }
        saved = array_cache.load(path, recipe)
        if saved is not None:
            return extractor.Features(saved["features"], saved.get("logits"))

        real, _ = self.extracted(self.real_images(part, start))
        arrays = {k: v for k, v in real._asdict().items() if v is not None}
        array_cache.keep(path, recipe, arrays)
        return real

    # Numbers.

    def compared(self, fake: extractor.Features) -> results.Numbers:
        """Returns all that features say."""
        numbers: results.Numbers = {
            **self.distances(fake.features),
            **self.manifold.prdc(fake.features)._asdict(),
        }
        if fake.logits is not None:
            score, error = inception_score.inception_score(fake.logits)
            numbers |= {"score": score, "score_error": error}
            if self.extractor.classes:
                counts = inception_score.class_counts(fake.logits)
                numbers["classes"] = counts.tolist()
                numbers["class_kl"] = inception_score.class_kl(counts)
        return self.named(numbers)

    def distances(self, fake: np.ndarray) -> dict[str, float]:
        """Returns those of the distributions of features: KID, and FID of enough."""
        mmd = self.kernels.distance(fake)
        numbers = {"kid": mmd.value, "kid_error": mmd.error}
        if not self.has_fid:
            return numbers
        return {"fid": self.gaussian.distance(fid.FeatureMoments.of(fake)), **numbers}

    def path_length(self, sampler: Sampler) -> float:
        """Returns how far features move along great arcs between latents."""
        count = min(PATHS, self.plan.samples)
        z = np.asarray(sampler.model.probe(2 * count, self.plan.seed))
        noise, codes = snapshots.divided(sampler.model, z)
        t = np.random.default_rng(self.plan.seed).uniform(0, 1 - STRIDE, (count, 1))

        def features_at(t: np.ndarray) -> np.ndarray:
            moved = interpolation.slerp(noise[:count], noise[count:], t)
            latents = np.concatenate([np.float32(moved), codes[:count]], axis=1)
            return self.extractor(sampler.draw(latents)).features

        near, far = features_at(t), features_at(t + STRIDE)
        return path_length.path_length(near, far, STRIDE)

    def named(self, numbers: Mapping[str, Value]) -> dict[str, Value]:
        """Returns the numbers with the extractor in every name."""
        return {f"{key}_{self.extractor.name}": value for key, value in numbers.items()}


def diversity(images: np.ndarray) -> results.Numbers:
    """Returns the MS-SSIM of images: 1 if all are equal; tiny ones have none."""
    if min(images.shape[1:3]) < ms_ssim.FILTER_SIDE:
        return {}
    return {"ms_ssim": ms_ssim.mean_ms_ssim(images, MS_SSIM_PAIRS)}
