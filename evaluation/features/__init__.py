"""Feature extractors by name: metrics compare features instead of pixels."""

from __future__ import annotations

from pathlib import Path

from common.errors import UserError
from datasets.info import Info
from evaluation.features import extractor, random_convolutions, train_classifier
from evaluation.features import inception as inception_v3

EXTRACTORS = ("inception", "classifier", "random")


def create(
    name: str, info: Info, data_dir: Path, inception: Path | None = None
) -> extractor.Extractor:
    """Returns the extractor `name` for a dataset's images.

    Args:
        name: one of EXTRACTORS.
        info: the dataset.
        data_dir: Inception's weights are kept in its folder `inception`.
        inception: the user's own copy of these weights, if there is one.

    Raises:
        UserError: the name is unknown, the dataset does not fit it, or Inception's
            weights cannot be had.
    """
    if info.shape == (1, 1, 2):
        raise UserError(f"{info.dataset} has points: feature extractors are for images")
    match name:
        case "inception":
            return inception_v3.create(data_dir, inception)
        case "classifier":
            return train_classifier.create_extractor(info)
        case "random":
            return random_convolutions.create(info.shape)
    raise UserError(f"no extractor {name!r}: choose one of {', '.join(EXTRACTORS)}")


def default(info: Info) -> str:
    """Returns the name of the extractor for a dataset where the user names none."""
    return "classifier" if len(info.classes) > 1 or info.attributes else "random"
