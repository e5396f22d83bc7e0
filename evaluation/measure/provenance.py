"""Records how a number was measured; only those measured alike are compared."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import keras

from datasets.images import decoding
from datasets.info import Info
from evaluation import batch_statistics
from evaluation.features.extractor import Extractor
from evaluation.measure import plans
from models.base.generative import GenerativeModel

PACKAGES = ("tensorflow", "keras", "numpy")
ARITHMETIC = 1  # raised where the same samples get other numbers than before
Name = TypeVar("Name", bound=Hashable)


@dataclasses.dataclass(frozen=True)
class Provenance:
    """All that a number depends on besides the checkpoint.

    Its fields are the keys of a `certificate` in metrics.json.
    """

    metrics: int  # ARITHMETIC
    extractor: str
    extractor_hash: str
    dataset: str
    fingerprint: str
    split: str
    floor_split: str
    floor_fingerprint: str
    image_shape: list[int]
    crop: str
    resize: str
    real_images: int
    samples: int
    seed: int  # of the latents
    weights: str
    batch_norm: str
    precision: str
    versions: dict[str, str]

    @classmethod
    def of(
        cls,
        model: GenerativeModel,
        info: Info,
        plan: plans.MetricPlan,
        extractor: Extractor,
    ) -> Provenance:
        """Returns that of a model's numbers."""
        reference, others = plans.halves(info)
        return cls(
            metrics=ARITHMETIC,
            extractor=extractor.name,
            extractor_hash=extractor.digest,
            dataset=info.dataset,
            fingerprint=info.fingerprint,
            split=part(reference),
            floor_split=part(others),
            floor_fingerprint=others.fingerprint,
            image_shape=list(info.shape),
            crop=decoding.FORMER_NAMES.get(info.crop, info.crop),
            resize=info.resize,
            real_images=plan.samples,
            samples=plan.samples,
            seed=plan.seed,
            weights="EMA" if model.averaged else "raw",
            batch_norm=batch_statistics.words(model),
            precision=keras.config.dtype_policy().name,
            versions={name: importlib.metadata.version(name) for name in PACKAGES},
        )

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Provenance:
        """Reads a `certificate`; TypeError where keys are missing or not known."""
        return cls(**content)

    def to_json(self) -> dict[str, Any]:
        """Returns a `certificate`."""
        return dataclasses.asdict(self)

    def differences(self, other: Provenance) -> list[str]:
        """Says in words what is another in `other`; empty if the two are equal."""
        own, others = self.to_json(), other.to_json()
        return [
            f"{key} is {others[key]!r}, not {own[key]!r}"
            for key in own
            if others[key] != own[key]
        ]


def part(info: Info) -> str:
    """Returns the name of the only part, or `all`."""
    return info.parts[0] if len(info.parts) == 1 else "all"


def groups(by_name: Mapping[Name, Provenance]) -> list[list[Name]]:
    """Returns the names in groups of equal provenance, in their order."""
    grouped: list[list[Name]] = []
    for name, provenance in by_name.items():
        for group in grouped:
            if by_name[group[0]] == provenance:
                group.append(name)
                break
        else:
            grouped.append([name])
    return grouped
