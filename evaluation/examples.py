"""A dataset's examples in storage order, as many at a time as are asked for."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from datasets.info import Info
from datasets.pipeline import loader
from datasets.pipeline.mapped_examples import MappedExamples

PORTION = 512

Values = dict[str, np.ndarray]


def read(
    examples: MappedExamples, positions: np.ndarray, reads: Sequence[str]
) -> Values:
    """The values at positions [n] by key; images are float32 in [-1, 1]."""
    taken = examples.take(tf.constant(positions, "int64"), reads)
    return {key: v.numpy() for key, v in loader.rescale(taken, "float32").items()}


def blocks(
    info: Info,
    positions: np.ndarray,
    reads: Sequence[str] = ("image",),
    portion: int = PORTION,
) -> Iterator[tuple[np.ndarray, Values]]:
    """Portions of positions, each with the values there."""
    examples = MappedExamples(info)
    for start in range(0, len(positions), portion):
        chosen = positions[start : start + portion]
        yield chosen, read(examples, chosen, reads)
