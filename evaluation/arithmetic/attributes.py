"""What can be said of images in the words of a dataset."""

from __future__ import annotations

from typing import Any

import numpy as np

from datasets.info import Info
from evaluation import training_data
from evaluation.arithmetic import expressions, strokes
from evaluation.features import train_classifier

REAL = 5000  # images that the words for strokes are measured on


class Reader:
    """Says which of a dataset's `words.names` hold of images."""

    def __init__(self, info: Info):
        self.names = expressions.names(info)
        self.known = train_classifier.load_or_train(info)
        self.strokes = None
        if info.shape[-1] == 1:
            examples = training_data.first(info, min(REAL, info.count))["image"]
            self.strokes = strokes.Strokes(examples)

    @property
    def description(self) -> str:
        """What says it, and how good it is."""
        return self.known.description if self.known.names else "measured strokes"

    @property
    def terciles(self) -> dict[str, list[float]]:
        """Where the words for strokes begin and end; empty without strokes."""
        if not self.strokes:
            return {}
        limits = {"thickness": self.strokes.thickness, "slant": self.strokes.slant}
        return {name: list(map(float, values)) for name, values in limits.items()}

    def answers(self, images: np.ndarray) -> np.ndarray:
        """Bool [n, names] of images [n, H, W, C]."""
        found = []
        if self.known.names:
            found.append(self.known.predictions(self.known.probabilities(images)))
        if self.strokes:
            found.append(self.strokes.answers(images))
        return np.concatenate(found, axis=1)

    def report(self, image: np.ndarray) -> dict[str, Any]:
        """Numbers and words for one image [H, W, C], as JSON takes them."""
        said: dict[str, Any] = {}
        if self.known.names:
            shares = self.known.probabilities(image[np.newaxis])[0]
            pairs = zip(self.known.names, shares, strict=True)
            said["probabilities"] = {name: round(float(p), 4) for name, p in pairs}
        if self.strokes:
            said["thickness"] = round(float(strokes.thickness(image[np.newaxis])[0]), 3)
            said["slant"] = round(float(strokes.slant(image[np.newaxis])[0]), 3)
        (held,) = self.answers(image[np.newaxis])
        said["words"] = [name for name, h in zip(self.names, held, strict=True) if h]
        return said
