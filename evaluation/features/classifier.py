"""A classifier of a dataset's classes and attributes, and its features.

It is trained once for a converted dataset, always in the same way, and kept beside the
shards: train_classifier.py. Whoever uses it shows its accuracy on examples that it was
not trained on. For a dataset without classes and attributes it stays as it is
initialised: random convolutions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from datasets.info import Info
from evaluation import training_data
from evaluation.features import convnet

CLASSIFIER_SEED = 0  # of its own: the process's generators stay as they are


class Score(NamedTuple):
    """Held-out accuracy, and that of always predicting the most frequent class."""

    accuracy: float
    commonest: float


class DatasetClassifier:
    """A network that predicts a dataset's classes and attributes from images.

    `names` has the classes, then the attributes. `scores` has one entry for all classes
    together, as "classes", and one per attribute; it is empty before training.
    """

    def __init__(self, info: Info):
        self.classes = info.classes if len(info.classes) > 1 else ()
        self.names = (*self.classes, *info.attributes)
        self.network = convnet.build(
            info.shape,
            filters=16,
            batch_norm=True,
            activation="relu",
            outputs=len(self.names),
            seed=CLASSIFIER_SEED,
        )
        self.scores: dict[str, Score] = {}

    @property
    def score_names(self) -> tuple[str, ...]:
        """The names of the scores: `classes`, where there are any, and attributes."""
        attributes = self.names[len(self.classes) :]
        return ("classes", *attributes) if self.classes else attributes

    @property
    def description(self) -> str:
        """Says what it is, with its accuracy in percent."""
        if not self.scores:
            return "random convolutions"
        accuracy = 100 * np.mean([score.accuracy for score in self.scores.values()])
        mean = f", mean of {len(self.scores)}" if len(self.scores) > 1 else ""
        return f"classifier (held-out accuracy {accuracy:.1f} %{mean})"

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Returns the probability of each name for images [n, H, W, C]: [n, names].

        Those of the classes add up to 1.
        """
        logits = self.output(images, "logits")  # [n, names]
        c = len(self.classes)
        return np.concatenate(
            [tf.nn.softmax(logits[:, :c]), tf.nn.sigmoid(logits[:, c:])], axis=1
        )

    def features(self, images: np.ndarray) -> np.ndarray:
        """Returns the last activations before the logits, of images [n, H, W, C]."""
        return self.output(images, "features")

    def output(self, images: np.ndarray, name: str) -> np.ndarray:
        """Returns one of the network's outputs for any number of images."""
        starts = range(0, len(images), training_data.AT_ONCE)
        batches = [images[start : start + training_data.AT_ONCE] for start in starts]
        return np.concatenate(
            [self.network(x, training=False)[name].numpy() for x in batches]
        )

    def predictions(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns which names hold, bool [n, names], from probabilities [n, names].

        These are the most probable class, and attributes above 1/2.
        """
        holds = probabilities > 0.5
        c = len(self.classes)
        if c:
            holds[:, :c] = np.eye(c, dtype=bool)[probabilities[:, :c].argmax(axis=1)]
        return holds
