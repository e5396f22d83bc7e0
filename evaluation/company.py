"""Images of chosen latents, drawn among others.

Batch norm may work on the statistics of the batch: a few means, or a walk, drawn by
themselves would come out as they never did in training.
"""

from __future__ import annotations

import numpy as np

from evaluation import snapshots

OTHERS = 48  # latents of the probe in each batch


def draw(snapshot: snapshots.Snapshot, z: np.ndarray) -> np.ndarray:
    """Images [n, H, W, C] in [-1, 1] of latents [n, d]."""
    others = np.asarray(snapshot.model.probe(OTHERS))
    portion = snapshots.BATCH - OTHERS
    images = []
    for start in range(0, len(z), portion):
        some = z[start : start + portion]
        images.append(snapshot.draw(np.concatenate([some, others]))[: len(some)])
    return np.concatenate(images)
