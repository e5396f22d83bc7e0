"""Metrics for train.py: during training, and in a study's protocol."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from absl import logging

from datasets.info import Info
from evaluation.measure import measurement, plans, run_metrics
from models.base.generative import GenerativeModel
from training.monitoring import metrics_interface


def plan(info: Info, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a study measures, as `metrics_interface.Measuring.plan` says."""
    measurer = measurer_of(info, flags)
    chosen = {key: flags[key] for key in ("statistics",) if key in flags}
    metric = "fid" if measurer.has_fid else "kid"  # that models are compared by
    return {
        "metric": f"{metric}_{measurer.plan.extractor}",
        "extractor_hash": measurer.extractor.digest,
        "real_images": measurer.plan.samples,
        "flags": measurer.plan.flags,
        **chosen,
    }


def evaluator(info: Info, flags: Mapping[str, Any]) -> metrics_interface.Evaluator:
    """Returns what measures FID and KID of the plan's fixed latents.

    It has no numbers of a model whose images are not finite.
    """
    measurer = measurer_of(info, flags)
    sampler = functools.cache(measurement.Sampler)  # one trace for each model

    def measure(model: GenerativeModel) -> dict[str, float]:
        try:
            return measurer.cheap(sampler(model))
        except measurement.NotFiniteImagesError as error:
            logging.warning("not measured: %s", error)
            return {}

    settings = measurer.plan.flags | {
        "eval_seed": measurer.plan.seed,
        "extractor_hash": measurer.extractor.digest,
    }
    return metrics_interface.Evaluator(settings, measure)


def measurer_of(info: Info, flags: Mapping[str, Any]) -> measurement.Measurer:
    """Returns what flags of train.py describe."""
    data_dir = Path(flags["data_dir"])
    return run_metrics.measurer(info, plans.MetricFlags.of(flags), data_dir)
