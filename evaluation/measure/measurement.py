"""Measures models against the real images of a dataset."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging

from common import files
from datasets.info import Info
from evaluation import features, snapshots, training_data
from evaluation.features import extractor
from evaluation.measure import plans, provenance
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

Numbers = dict[str, Any]  # floats, and lists of counts


class NotFiniteError(ValueError):
    """A model makes images of numbers that are none."""


STRIDE = 1 / 64  # of the latent paths whose smoothness is measured
PATHS = 1000
SUBSET = 1000  # images that a KID is computed on at a time
PORTION = 1024  # images in memory at a time
PAIRS = PORTION // 2  # of the first of them, for MS-SSIM


class Sampler:
    """Images of latents by one model, a batch at a time."""

    def __init__(self, model: GenerativeModel):
        self.model = model

    def draw(self, z: np.ndarray) -> np.ndarray:
        """Images [n, H, W, C] in [-1, 1] of latents [n, d].

        All batches are whole: the last one is filled up, and what is too much dropped.

        Raises:
            NotFiniteError: a pixel is no number.
        """
        size = snapshots.BATCH
        filled = np.resize(z, (-(-len(z) // size) * size, z.shape[1]))
        batches = filled.reshape(-1, size, z.shape[1])
        images = [np.float32(self.model.draw(batch)) for batch in batches]
        if not all(np.isfinite(batch).all() for batch in images):
            raise NotFiniteError("images are not finite")
        return np.concatenate(images)[: len(z)]


class Measurer:
    """The real images of a plan, seen once, and what is measured against them."""

    def __init__(
        self,
        info: Info,
        plan: plans.Plan,
        data_dir: Path,
        inception: Path | None = None,
    ):
        self.info, self.plan = info, plan
        self.extractor = features.create(plan.extractor, info, data_dir, inception)
        what = f"images of {info.dataset}"
        fid.check_count(plan.samples, self.extractor.dimensions, what)
        reference, _ = plans.halves(info)
        self.real = self.kept(reference, 0)
        self.moments = fid.FeatureMoments.of(self.real.features)

    def certificate(self, model: GenerativeModel) -> provenance.Certificate:
        """Of the numbers that are measured of a model."""
        return provenance.issue(model, self.info, self.plan, self.extractor)

    @functools.cached_property
    def floor(self) -> Numbers:
        """What other real images get, as many as samples: the least to hope for."""
        reference, others = plans.halves(self.info)
        start = self.plan.samples if others is reference else 0
        first = next(self.real_images(others, start))
        return self.compared(self.kept(others, start)) | diversity(first)

    def cheap(self, sampler: Sampler) -> Numbers:
        """The two distances alone: what is measured during training."""
        seen, _ = self.seen(self.samples(sampler))
        return self.named(self.distances(seen.features))

    def numbers(self, sampler: Sampler) -> Numbers:
        """All that is measured of a model as it is now."""
        seen, first = self.seen(self.samples(sampler))
        smoothness = {"path_length": self.path_length(sampler)}
        return self.compared(seen) | self.named(smoothness) | diversity(first)

    # Images, a portion at a time.

    def samples(self, sampler: Sampler) -> Iterator[np.ndarray]:
        """Images of the plan's latents."""
        z = np.asarray(sampler.model.probe(self.plan.samples, self.plan.seed))
        for start in range(0, len(z), PORTION):
            yield sampler.draw(z[start : start + PORTION])

    def real_images(self, part: Info, start: int) -> Iterator[np.ndarray]:
        """As many images of a part, from number `start` on."""
        positions = np.arange(start, start + self.plan.samples)
        for _, values in training_data.blocks(part, positions, at_once=PORTION):
            yield values["image"]

    def seen(
        self, portions: Iterator[np.ndarray]
    ) -> tuple[extractor.Features, np.ndarray]:
        """What the extractor makes of all images; and the first portion of these."""
        first = next(portions)
        found = [self.extractor(first), *map(self.extractor, portions)]
        logits = [seen.logits for seen in found if seen.logits is not None]
        return extractor.Features(
            np.concatenate([seen.features for seen in found]),
            np.concatenate(logits) if logits else None,
        ), first

    def kept(self, part: Info, start: int) -> extractor.Features:
        """What the extractor makes of real images; beside the shards for next time."""
        n, seen_by = self.plan.samples, self.extractor
        name = f"{seen_by.name}-{seen_by.digest[:16]}-{part.fingerprint[:16]}"
        path = part.directory / f"{name}-{start}-{n}.npz"
        try:
            with np.load(path) as known:
                return extractor.Features(known["features"], known.get("logits"))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            pass  # not there yet, or damaged: made anew
        seen, _ = self.seen(self.real_images(part, start))
        file = io.BytesIO()
        np.savez(file, **{k: v for k, v in seen._asdict().items() if v is not None})
        try:
            files.write(path, file.getbuffer())
        except OSError as error:
            logging.warning("features are not kept for the next time: %s", error)
        return seen

    # Numbers.

    def compared(self, fake: extractor.Features) -> Numbers:
        """All that features say."""
        near = precision_recall.prdc(self.real.features, fake.features)
        found = self.distances(fake.features) | near._asdict()
        if fake.logits is not None:
            found["score"], found["score_error"] = inception_score.inception_score(
                fake.logits
            )
            if self.extractor.classes:
                counts = inception_score.class_counts(fake.logits)
                found["classes"] = counts.tolist()
                found["class_kl"] = inception_score.class_kl(counts)
        return self.named(found)

    def distances(self, fake: np.ndarray) -> Numbers:
        """Of the distributions of features: FID and KID."""
        # Subsets of all there is would be the same ones, and their error 0.
        size = min(SUBSET, self.plan.samples // 2)
        mmd = kid.kernel_distance(self.real.features, fake, size=size)
        return {
            "fid": fid.frechet_distance(self.moments, fid.FeatureMoments.of(fake)),
            "kid": mmd.value,
            "kid_error": mmd.error,
        }

    def path_length(self, sampler: Sampler) -> float:
        """How far features move along great arcs between latents."""
        model, count = sampler.model, min(PATHS, self.plan.samples)
        z = np.asarray(model.probe(2 * count, self.plan.seed))
        noise, codes = snapshots.divided(model, z)
        starts, ends, held = noise[:count], noise[count:], codes[:count]
        t = np.random.default_rng(self.plan.seed).uniform(0, 1 - STRIDE, (count, 1))
        near, far = (
            self.extractor(
                sampler.draw(
                    np.concatenate(
                        [np.float32(interpolation.slerp(starts, ends, at)), held],
                        axis=1,
                    )
                )
            )
            for at in (t, t + STRIDE)
        )
        return path_length.path_length(near.features, far.features, STRIDE)

    def named(self, found: Numbers) -> Numbers:
        """With the extractor in every name."""
        return {f"{key}_{self.extractor.name}": value for key, value in found.items()}


def diversity(images: np.ndarray) -> Numbers:
    """Of some images, in pixels: 1 where all are equal. Tiny ones have none."""
    if min(images.shape[1:3]) < ms_ssim.FILTER_SIDE:
        return {}
    return {"ms_ssim": ms_ssim.mean_ms_ssim(images, PAIRS)}
