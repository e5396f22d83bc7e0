"""Which latents the terms of an expression hold for, or what there is instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from common.errors import UserError
from common.progress import Progress
from datasets.info import Info
from evaluation import snapshots
from evaluation.arithmetic import attributes, expressions

if TYPE_CHECKING:
    from models.base.generative import GenerativeModel

LATENTS_PER_DRAW = 500
SMALLEST_GROUP = 10


def predict(
    snapshot: snapshots.Snapshot,
    z: np.ndarray,
    predictor: attributes.AttributePredictor,
    labels: np.ndarray | None,
) -> np.ndarray:
    """Returns which names hold of the images of latents [n, d]: bool [n, names].

    `labels` are the classes of a conditional model's latents, bool [n, classes]: no
    classifier has to name them.
    """
    starts = range(0, len(z), LATENTS_PER_DRAW)
    holds = np.concatenate(
        [
            predictor.predictions(snapshot.draw(z[start : start + LATENTS_PER_DRAW]))
            for start in Progress(starts, "portions of samples named")
        ]
    )
    if labels is not None:
        holds[:, : labels.shape[1]] = labels  # classes are the first names
    return holds


def own_labels(model: GenerativeModel, info: Info, z: np.ndarray) -> np.ndarray | None:
    """Returns the classes that latents [n, d] ask a model for: bool [n, classes].

    None of a model that reads no labels, and of a dataset without classes to name.
    """
    for code in model.codes:
        if code.name in model.reads and code.size == len(info.classes) > 1:
            return z[:, code.span] > 0.5
    return None


def select(
    terms: Sequence[expressions.Term], holds: np.ndarray, names: Sequence[str]
) -> list[np.ndarray]:
    """Returns the indices of the latents for which each term holds.

    `holds` says which of the names do, bool [n, names].

    Raises:
        UserError: they are too few, with the terms of which they are, and the words
            that hold of enough.
    """
    members = []
    for term in terms:
        matches = [holds[:, c.position] == c.holds for c in term.conditions]
        members.append(np.flatnonzero(np.all(matches, axis=0)))

    rare = {
        term.text: len(own)
        for term, own in zip(terms, members, strict=True)
        if len(own) < SMALLEST_GROUP
    }
    if rare:
        texts = ", ".join(f"{text!r} of {count}" for text, count in rare.items())
        raise UserError(
            f"too few of {len(holds):,} samples for a mean, which needs "
            f"{SMALLEST_GROUP}: {texts}; take fewer words, or of those that hold of "
            f"enough samples: {common(holds, names)}"
        )
    return members


def common(holds: np.ndarray, names: Sequence[str]) -> str:
    """Returns the names that hold of enough samples, each with their number."""
    counts = zip(names, holds.sum(axis=0), strict=True)
    texts = [f"{name} ({n:,})" for name, n in counts if n >= SMALLEST_GROUP]
    return ", ".join(texts) or "none"
