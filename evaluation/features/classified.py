"""The classifier of a dataset as extractor."""

from __future__ import annotations

from common.errors import UserError
from datasets.info import Info
from evaluation.features import extractor, train_classifier


def create(info: Info) -> extractor.Network:
    """What the dataset's own classifier sees; UserError if there is nothing to tell.

    Its logits are those of the classes, which exclude each other, without attributes.
    """
    known = train_classifier.trained(info)
    if not known.names:
        raise UserError(
            f"{info.dataset} has no classes or attributes to classify: choose random"
        )
    digest = extractor.digest(known.network.get_weights())
    return extractor.Network(
        "classifier",
        known.network,
        digest,
        known.description,
        logits=len(known.classes),
        classes=known.classes,
    )
