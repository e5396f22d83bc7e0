"""The parts of a generator's input that mean something: labels and latent codes."""

import dataclasses
from typing import Literal

import numpy as np
import tensorflow as tf

LOW, HIGH = -1.0, 1.0  # of a continuous code


@dataclasses.dataclass(frozen=True)
class Code:
    """Numbers start ... stop - 1 of a generator's input, behind its noise.

    A categorical code is one-hot, uniform; a continuous one is U(-1, 1) in each number.
    """

    name: str
    kind: Literal["categorical", "continuous"]
    start: int
    size: int

    @property
    def span(self) -> slice:
        """Where it lies in an input [..., n]."""
        return slice(self.start, self.start + self.size)

    def draw(self, rng: tf.random.Generator, rows, dtype: str) -> tf.Tensor:
        """Draws random values, [rows, size]."""
        if self.kind == "continuous":
            return rng.uniform((rows, self.size), LOW, HIGH, dtype)
        chosen = tf.cast(rng.uniform((rows,)) * self.size, "int32")
        return self.of(chosen, dtype)

    def of(self, values: tf.Tensor, dtype: str) -> tf.Tensor:
        """Returns categories by number [rows] as the code has them, [rows, size]."""
        return tf.one_hot(values, self.size, dtype=dtype)

    def fixed(self, rng: np.random.Generator, rows: int) -> np.ndarray:
        """Returns a probe's values, categories in turn or uniform: [rows, size]."""
        if self.kind == "continuous":
            return rng.uniform(LOW, HIGH, (rows, self.size))
        return np.eye(self.size)[np.arange(rows) % self.size]


def laid_out(start: int, *parts: tuple[str, str, int]) -> tuple[Code, ...]:
    """Returns codes one behind the other, from (name, kind, size)."""
    codes = []
    for name, kind, size in parts:
        codes.append(Code(name, kind, start, size))
        start += size
    return tuple(codes)


def label(start: int, num_classes: int) -> tuple[Code, ...]:
    """Returns the one code of a class-conditional model."""
    if not num_classes:
        raise ValueError("the model needs labels: choose a dataset with classes")
    return laid_out(start, ("label", "categorical", num_classes))
