"""Metrics of a run that nobody has measured."""

import dataclasses

from evaluation.measure.provenance import Provenance
from evaluation.measure.results import CheckpointMetrics, MetricSeries

PROVENANCE = Provenance(
    metrics=1,
    extractor="random",
    extractor_hash="0f" * 32,
    dataset="d",
    fingerprint="f00d",
    split="train",
    floor_split="test",
    floor_fingerprint="f00d",
    image_shape=[28, 28, 1],
    crop="none",
    resize="antialias",
    real_images=10,
    samples=10,
    seed=1,
    weights="raw",
    batch_norm="moving averages",
    precision="float32",
    versions={"tensorflow": "2.21.0"},
)


def series(by_step, floor=None, checkpoint="", **provenance):
    """A series with numbers by step and name."""
    return MetricSeries(
        dataclasses.replace(PROVENANCE, **provenance),
        "random convolutions",
        floor or {},
        {step: CheckpointMetrics(checkpoint, own) for step, own in by_step.items()},
    )
