"""Which of the 1,000 numbers the images of a stacked_mnist run show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sklearn.decomposition
import sklearn.neighbors
import sklearn.pipeline

from common.progress import Progress
from evaluation import snapshots, training_data
from evaluation.metrics import modes

DATASET = "stacked_mnist"
SAMPLES, PORTION = 10_000, 1000  # images classified; of them at a time
EXAMPLES = 6000  # real images whose digits the classifier is fitted to and tested on
FITTED = 5 / 6  # of the different digits among them; the others are for the test
COMPONENTS, NEIGHBOURS = 50, 3


def counts(group: Sequence[snapshots.Snapshot], data_dir: Path) -> modes.CountTable:
    """Returns counts by name and step, of those runs that learn stacked digits."""
    table: modes.CountTable = {}
    for snapshot, z in zip(group, snapshots.latents(group, SAMPLES), strict=True):
        if snapshot.run.config["dataset"]["name"] != DATASET:
            continue
        info = training_data.find(snapshot.run, data_dir, "counts")
        if info is not None:
            real = training_data.first(info, EXAMPLES, reads=("image", "label"))
            classifier = DigitClassifier(real["image"], real["label"])
            table[snapshot.run.name] = {snapshot.step: count(snapshot, z, classifier)}
    return table


class DigitClassifier:
    """Reads the digit in each channel by its nearest neighbours.

    Fitted to different digits alone: copies would be unanimous neighbours of each
    other, and be in the test as well. `accuracy` is that on digits held back.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray):
        stack = images.shape[-1]
        pixels = channels(images)
        digits = np.stack(
            [labels // 10**power % 10 for power in reversed(range(stack))], axis=1
        ).ravel()
        different: dict[bytes, int] = {}
        for position, channel in enumerate(pixels):
            different.setdefault(channel.tobytes(), position)
        positions = np.array(list(different.values()))
        fitted, tested = np.split(positions, [round(FITTED * len(positions))])
        self.of = 10**stack
        self.pipeline = sklearn.pipeline.make_pipeline(
            sklearn.decomposition.PCA(COMPONENTS, random_state=0),
            sklearn.neighbors.KNeighborsClassifier(NEIGHBOURS),
        ).fit(pixels[fitted], digits[fitted])
        self.accuracy = float(self.pipeline.score(pixels[tested], digits[tested]))

    def read(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the numbers in images [n, H, W, C], and which are unanimous."""
        votes = self.pipeline.predict_proba(channels(images))  # [n * C, digits]
        digits = self.pipeline.classes_[votes.argmax(axis=1)]
        stack = images.shape[-1]
        numbers = digits.reshape(-1, stack) @ 10 ** np.arange(stack)[::-1]
        agreed = (votes.max(axis=1) == 1).reshape(-1, stack).all(axis=1)
        return numbers, agreed


def channels(images: np.ndarray) -> np.ndarray:
    """Returns [n, H, W, C] as [n * C, H * W], an image's channels in turn."""
    n, height, width, stack = images.shape
    return np.moveaxis(images, -1, 1).reshape(n * stack, height * width)


def count(
    snapshot: snapshots.Snapshot, z: np.ndarray, classifier: DigitClassifier
) -> modes.Counts:
    """Returns modes, quality and divergence of a run's images of latents."""
    portions = np.split(z, range(PORTION, len(z), PORTION))
    read = [
        classifier.read(snapshot.draw(portion))
        for portion in Progress(portions, "portions of samples for modes")
    ]
    numbers, agreed = map(np.concatenate, zip(*read, strict=True))
    return {
        **compared(numbers, classifier.of),
        "high_quality": float(agreed.mean()),
        "accuracy": classifier.accuracy,
    }


def compared(numbers: np.ndarray, of: int) -> modes.Counts:
    """Returns modes covered, and KL(numbers || uniform over `of`) in nats.

    About (of - 1) / 2n for n uniform numbers, by chance: 0.05 for 10,000 of 1,000.
    """
    shares = np.unique(numbers, return_counts=True)[1] / len(numbers)
    divergence = float(np.sum(shares * np.log(shares * of)))
    return {"samples": len(numbers), "modes": len(shares), "of": of, "kl": divergence}
