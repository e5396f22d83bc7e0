"""What every feature extractor is."""

from typing import NamedTuple, Protocol

import numpy as np


class Seen(NamedTuple):
    """What an extractor makes of n images."""

    features: np.ndarray  # float32 [n, d]
    logits: np.ndarray | None  # float32 [n, classes]; None without classes


class Extractor(Protocol):
    """From images to features; part of the name of every number made of them."""

    name: str  # inception, classifier or random
    digest: str  # SHA-256 of its weights, hexadecimal
    description: str  # with its accuracy where it has one
    dimensions: int  # d
    classes: tuple[str, ...]  # names of the logits; empty without

    def __call__(self, images: np.ndarray) -> Seen:
        """Sees float32 images [n, H, W, C] in [-1, 1], any n; flat memory."""
