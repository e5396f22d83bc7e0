"""What is measured: by which extractor, on how many images, of which latents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from common.errors import UserError
from datasets.info import Info
from evaluation import features

MOST = 5000  # samples, where no flag says otherwise and the dataset has as many
FEWEST = 10


class Plan(NamedTuple):
    """As many real images as samples, of a fixed order and of fixed latents."""

    extractor: str
    samples: int
    seed: int  # of the latents

    @property
    def flags(self) -> dict[str, Any]:
        """The flags of train.py and eval.py that say it."""
        return {"extractor": self.extractor, "eval_samples": self.samples}


def resolve(info: Info, given: Mapping[str, Any]) -> Plan:
    """The plan that flags ask for; what they leave open follows from the dataset.

    Args:
        info: the dataset of real images.
        given: perhaps `extractor`, `eval_samples`, `eval_seed`.

    Raises:
        UserError: the dataset has no single images, or too few.
    """
    if info.kind != "single" or info.dtype != "uint8":
        raise UserError(
            f"metrics compare single images, and dataset {info.dataset} has others"
        )
    name = given.get("extractor") or features.default(info)
    most = available(info)
    samples = given.get("eval_samples")
    if samples is None:
        samples = min(MOST, most)
    if not FEWEST <= samples <= most:
        raise UserError(
            f"--eval_samples {samples} does not fit {info.dataset}: it takes as many "
            "real images, and as many others to compare these with, so at least "
            f"{FEWEST} and at most {most:,}"
        )
    return Plan(name, samples, given.get("eval_seed") or 0)


def available(info: Info) -> int:
    """How many real images there are twice: to compare with, and for the floor."""
    reference, others = halves(info)
    return min(reference.count, others.count) if info.held_out else info.count // 2


def halves(info: Info) -> tuple[Info, Info]:
    """The part to compare with, and where other real images come from."""
    train = info.part("train") if "train" in info.parts else info
    return train, info.part(info.held_out) if info.held_out else train
