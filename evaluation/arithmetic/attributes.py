"""Predicts which classes, attributes and stroke words hold of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from datasets.info import Info
from evaluation import training_data
from evaluation.arithmetic import expressions, strokes
from evaluation.features import train_classifier

STROKE_EXAMPLES = 5000  # real images, at most, that the terciles of strokes are of


class AttributePredictor:
    """Predicts for images which of a dataset's `expressions.names` hold.

    Classes and attributes are the classifier's, words for strokes are measured.
    """

    def __init__(self, info: Info):
        self.names = expressions.names(info)
        self.classifier = train_classifier.load_or_train(info)
        self.strokes = None
        if info.shape[-1] == 1:
            count = min(STROKE_EXAMPLES, info.count)
            real = training_data.first(info, count)["image"]
            self.strokes = strokes.StrokeTerciles(real)

    @property
    def description(self) -> str:
        """Says what predicts, and how accurate it is."""
        if not self.classifier.names:
            return "measured strokes"
        return self.classifier.description

    @property
    def terciles(self) -> dict[str, list[float]]:
        """The lower and upper tercile of real strokes; empty without strokes."""
        if not self.strokes:
            return {}
        limits = {"thickness": self.strokes.thickness, "slant": self.strokes.slant}
        return {name: list(map(float, values)) for name, values in limits.items()}

    def predictions(self, images: np.ndarray) -> np.ndarray:
        """Returns which names hold of images [n, H, W, C]: bool [n, names]."""
        parts = []
        if self.classifier.names:
            probabilities = self.classifier.probabilities(images)
            parts.append(self.classifier.predictions(probabilities))
        if self.strokes:
            parts.append(self.strokes.predictions(images))
        return np.concatenate(parts, axis=1)

    def report(self, image: np.ndarray) -> dict[str, Any]:
        """Returns numbers and words for one image [H, W, C], as JSON takes them."""
        images = image[np.newaxis]
        report: dict[str, Any] = {}
        if self.classifier.names:
            (probabilities,) = self.classifier.probabilities(images)
            pairs = zip(self.classifier.names, probabilities, strict=True)
            report["probabilities"] = {name: round(float(p), 4) for name, p in pairs}
        if self.strokes:
            report["thickness"] = round(float(strokes.thickness(images)[0]), 3)
            report["slant"] = round(float(strokes.slant(images)[0]), 3)

        (holds,) = self.predictions(images)
        pairs = zip(self.names, holds, strict=True)
        report["words"] = [name for name, true in pairs if true]
        return report
