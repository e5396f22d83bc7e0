"""What a number is a number of; only numbers with equal certificates are compared."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import keras

from datasets.info import Info
from evaluation import snapshots
from evaluation.features import extractor
from evaluation.measure import plans
from models.base.generative import GenerativeModel

PACKAGES = ("tensorflow", "keras", "numpy")
METRICS = 1  # raised where the same samples get other numbers than before
Name = TypeVar("Name", bound=Hashable)
Certificate = dict[str, Any]


def issue(
    model: GenerativeModel,
    info: Info,
    plan: plans.Plan,
    seen_by: extractor.Extractor,
) -> Certificate:
    """The certificate of a model's numbers, as JSON takes it."""
    reference, others = plans.halves(info)
    return {
        "metrics": METRICS,
        "extractor": seen_by.name,
        "extractor_hash": seen_by.digest,
        "dataset": info.dataset,
        "fingerprint": info.fingerprint,
        "split": part(reference),
        "floor_split": part(others),
        "floor_fingerprint": others.fingerprint,
        "image_shape": list(info.shape),
        "crop": info.crop,
        "resize": info.resize,
        "real_images": plan.samples,
        "samples": plan.samples,
        "seed": plan.seed,
        "weights": "EMA" if model.averaged else "raw",
        "batch_norm": batch_norm(model),
        "precision": keras.config.dtype_policy().name,
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def batch_norm(model: GenerativeModel) -> str:
    """What the generator's batch norm works on; without any nothing else matters."""
    layers = model.networks["generator"].layers
    normed = any(isinstance(x, keras.layers.BatchNormalization) for x in layers)
    if normed and getattr(model.config, "sampling", "") == "batch":
        return f"statistics of batches of {snapshots.BATCH}"
    return "moving averages"


def part(info: Info) -> str:
    """The name of the only part, or `all`."""
    return info.parts[0] if len(info.parts) == 1 else "all"


def differing(one: Certificate, other: Certificate) -> list[str]:
    """What makes two certificates unlike, in words; empty if nothing does."""
    keys = dict.fromkeys((*one, *other))
    return [
        f"{key} is {other.get(key)!r}, not {one.get(key)!r}"
        for key in keys
        if one.get(key) != other.get(key)
    ]


def groups(by_name: Mapping[Name, Certificate]) -> list[list[Name]]:
    """Names whose certificates are alike, in the given order."""
    found: list[list[Name]] = []
    for name, certificate in by_name.items():
        for group in found:
            if not differing(by_name[group[0]], certificate):
                group.append(name)
                break
        else:
            found.append([name])
    return found
