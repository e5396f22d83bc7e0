"""Models in the training loop, and what times so many steps of anything."""

import time
from collections.abc import Callable

import tensorflow as tf

from models.base.generative import GenerativeModel
from training import devices, loop
from training.settings import Settings

LEAST = 3  # steps of a measurement

Way = Callable[[int], float]  # seconds of so many steps


def prepared(
    model: GenerativeModel,
    data: tf.data.Dataset,
    steps_per_call: int = Settings.steps_per_call,
    total_steps: int = 0,
) -> loop.Loop:
    """A model and its data in the loop, compiled as train.py does by itself."""
    strategy, compiled = tf.distribute.get_strategy(), devices.jit_compile("auto")
    return loop.Loop(model, data, strategy, compiled, steps_per_call, total_steps)


def train(steps: loop.Loop, count: int) -> None:
    """So many steps of a loop."""
    done = 0
    while done < count:
        done, _ = steps.advance(done, count)


def timed(work: Callable[[int], object]) -> Way:
    """A way whose seconds are those of a call."""

    def way(steps: int) -> float:
        start = time.perf_counter()
        work(steps)
        return time.perf_counter() - start

    return way


def rate_of(way: Way, images: int, seconds: float) -> Callable[[], float]:
    """For `in_turns`: images per second of so many steps as take about `seconds`."""
    way(2)  # traces
    steps, taken = LEAST, way(LEAST)
    while taken < seconds / 2:
        steps = min(10 * steps, round(steps * seconds / taken))
        taken = way(steps)
    return lambda: steps * images / way(steps)
