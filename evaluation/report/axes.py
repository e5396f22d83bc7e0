"""Where values lie on a panel: limits, logarithms and ticks."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.ticker
import numpy as np

from evaluation.pictures import curves

ROOM = 0.05  # of the span, above and below the values
STEPS = (1, 2, 2.5, 5, 10)  # between ticks, times a power of ten


class Axis(NamedTuple):
    """Maps values to pixels; what lies outside the limits goes to the nearer end."""

    low: float  # of values, or of their decimal logarithms
    high: float
    start: float  # px of low
    end: float  # px of high
    log: bool = False

    def pixels(self, values: np.ndarray) -> np.ndarray:
        """Positions of values; with `log`, those that have no logarithm lie lowest."""
        if self.log:
            values = np.log10(np.maximum(values, 10**self.low))
        return np.interp(values, (self.low, self.high), (self.start, self.end))

    def ticks(self, most: int, integer: bool = False) -> list[float]:
        """Round values between the limits, `most` at most."""
        low, high = self.low, self.high
        locator: matplotlib.ticker.Locator
        if self.log:
            low, high = 10**low, 10**high
            locator = matplotlib.ticker.LogLocator(numticks=most)
        else:
            locator = matplotlib.ticker.MaxNLocator(
                most - 1, steps=STEPS, integer=integer
            )
        return [tick for tick in locator.tick_values(low, high) if low <= tick <= high]


def fitted(values: np.ndarray, start: float, end: float) -> tuple[Axis, str]:
    """An axis on which the bulk of the values can be read, and in words what it did.

    The rules are those of curves.png. Values that are not finite do not count.
    """
    values = values[np.isfinite(values)]
    if not values.size:
        return Axis(0, 1, start, end), " (no finite value)"
    lowest, low, high, highest = np.percentile(values, [0, 1, 99, 100])
    if lowest > 0 and highest > curves.WIDE * lowest:
        limits = padded(np.log10(lowest), np.log10(highest))
        return Axis(*limits, start, end, log=True), " (log)"
    if high > low and highest - lowest > curves.SPIKY * (high - low):
        return Axis(*padded(low, high), start, end), " (spikes cut off)"
    return Axis(*padded(lowest, highest), start, end), ""


def spanned(values: Sequence[int]) -> tuple[float, float]:
    """Limits without room; a single value stands in the middle."""
    low, high = min(values), max(values)
    return (low, high) if low < high else padded(low, high)


def padded(low: float, high: float) -> tuple[float, float]:
    """Limits with some room; a single value gets some on both sides too."""
    room = ROOM * (high - low) or 0.1 * abs(low) or 1.0
    return low - room, high + room
