"""What is measured: by which extractor, on how many images, of which latents."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from common.errors import UserError
from datasets.info import Info
from evaluation import features

MOST_SAMPLES = 5000  # where no flag says otherwise and the dataset has as many
FEWEST_SAMPLES = 10


class MetricPlan(NamedTuple):
    """As many real images as samples, of a fixed order and of fixed latents."""

    extractor: str
    samples: int
    seed: int  # of the latents

    @property
    def flags(self) -> dict[str, Any]:
        """The flags of train.py and eval.py that say it."""
        return {"extractor": self.extractor, "eval_samples": self.samples}


@dataclasses.dataclass(frozen=True)
class MetricFlags:
    """The flags of train.py and eval.py that choose metrics."""

    extractor: str | None = None
    eval_samples: int | None = None
    eval_seed: int | None = None  # of train.py
    inception: Path | None = None  # the file of its weights

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> MetricFlags:
        """Picks them out of any flags by name."""
        inception = flags.get("inception")
        return cls(
            flags.get("extractor"),
            flags.get("eval_samples"),
            flags.get("eval_seed"),
            Path(inception) if inception else None,
        )


def resolve(info: Info, flags: MetricFlags) -> MetricPlan:
    """Returns the plan that flags ask for on a dataset of real images.

    What they leave open follows from the dataset.

    Raises:
        UserError: the dataset has no single images, or too few.
    """
    if info.kind != "single" or info.dtype != "uint8":
        raise UserError(
            f"metrics compare single images, and dataset {info.dataset} has others"
        )
    name = flags.extractor or features.default(info)
    most = available(info)
    samples = flags.eval_samples
    if most < FEWEST_SAMPLES:
        raise UserError(
            f"{info.dataset} has {most:,} real images to compare with as many others, "
            f"and metrics take {FEWEST_SAMPLES} or more of each: add images"
        )
    if samples is None:
        samples = min(MOST_SAMPLES, most)
    if not FEWEST_SAMPLES <= samples <= most:
        raise UserError(
            f"--eval_samples {samples} does not fit {info.dataset}: it takes as many "
            "real images, and as many others to compare these with, so at least "
            f"{FEWEST_SAMPLES} and at most {most:,}"
        )
    return MetricPlan(name, samples, flags.eval_seed or 0)


def available(info: Info) -> int:
    """Returns how many real images there are twice: to compare, and as a floor."""
    reference, others = halves(info)
    return min(reference.count, others.count) if info.held_out else info.count // 2


def halves(info: Info) -> tuple[Info, Info]:
    """Returns the part to compare with, and the part of other real images."""
    train = info.part("train") if "train" in info.parts else info
    return train, info.part(info.held_out) if info.held_out else train
