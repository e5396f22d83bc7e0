"""What is measured: by which extractor, on how many images, of which latents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from common.errors import UserError
from datasets import info
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


def resolve(made: info.Info, given: Mapping[str, Any]) -> Plan:
    """The plan that flags ask for; what they leave open follows from the dataset.

    Args:
        made: the dataset of real images.
        given: perhaps `extractor`, `eval_samples`, `eval_seed`.

    Raises:
        UserError: the dataset has no single images, or too few.
    """
    if made.kind != "single" or made.dtype != "uint8":
        raise UserError(
            f"metrics compare single images, and dataset {made.dataset} has others"
        )
    name = given.get("extractor") or features.default(made)
    most = available(made)
    samples = given.get("eval_samples")
    if samples is None:
        samples = min(MOST, most)
    if not FEWEST <= samples <= most:
        raise UserError(
            f"--eval_samples {samples} does not fit {made.dataset}: it takes as many "
            "real images, and as many others to compare these with, so at least "
            f"{FEWEST} and at most {most:,}"
        )
    return Plan(name, samples, given.get("eval_seed") or 0)


def available(made: info.Info) -> int:
    """How many real images there are twice: to compare with, and for the floor."""
    reference, others = halves(made)
    return min(reference.count, others.count) if made.held_out else made.count // 2


def halves(made: info.Info) -> tuple[info.Info, info.Info]:
    """The part to compare with, and where other real images come from."""
    train = made.part("train") if "train" in made.parts else made
    return train, made.part(made.held_out) if made.held_out else train
