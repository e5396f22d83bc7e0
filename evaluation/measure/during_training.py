"""Metrics for train.py: during training, and in a study's protocol."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from absl import logging

from datasets.info import Info
from evaluation.measure import measurement, run_metrics
from models.base.generative import GenerativeModel
from training.monitoring import metrics_interface

METRIC = "fid"  # that models are compared by


def plan(info: Info, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a study measures: `training.online.Measuring.plan`."""
    found = run_metrics.measurer(info, given)
    return {
        "metric": f"{METRIC}_{found.plan.extractor}",
        "extractor_hash": found.extractor.digest,
        "real_images": found.plan.samples,
        "flags": found.plan.flags,
    }


def evaluator(info: Info, given: Mapping[str, Any]) -> metrics_interface.Evaluator:
    """FID and KID of the plan's fixed latents; none where images are not finite."""
    found = run_metrics.measurer(info, given)
    sampler = functools.cache(measurement.Sampler)  # one trace for each model

    def measure(model: GenerativeModel) -> dict[str, float]:
        try:
            return found.cheap(sampler(model))
        except measurement.NotFiniteError as error:
            logging.warning("not measured: %s", error)
            return {}

    own = {"eval_seed": found.plan.seed, "extractor_hash": found.extractor.digest}
    return metrics_interface.Evaluator(found.plan.flags | own, measure)
