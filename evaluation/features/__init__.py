"""What metrics compare instead of pixels: features of images, by extractor."""

from __future__ import annotations

from pathlib import Path

from common.errors import UserError
from datasets.info import Info
from evaluation.features import classified, extractor, random_convolutions
from evaluation.features import inception as original

NAMES = ("inception", "classifier", "random")


def create(
    name: str, info: Info, data_dir: Path, inception: Path | None = None
) -> extractor.Extractor:
    """The extractor of that name for a dataset's images; UserError if there is none."""
    if info.shape == (1, 1, 2):
        raise UserError(f"{info.dataset} has points: feature extractors are for images")
    match name:
        case "inception":
            return original.create(data_dir, inception)
        case "classifier":
            return classified.create(info)
        case "random":
            return random_convolutions.create(info.shape)
    raise UserError(f"no extractor {name!r}: choose one of {', '.join(NAMES)}")


def default(info: Info) -> str:
    """The extractor to take where none is named."""
    return "classifier" if len(info.classes) > 1 or info.attributes else "random"
