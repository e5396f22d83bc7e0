"""How the time and the memory of a training step grow with batch, image size and steps.

python benchmarks/growth.py

Each row is measured in a process of its own: dcgan through the training loop, data
included, on noise. Memory is the most that the process ever had resident, and of it
what the steps, their tracing too, added to what was there before the first. The growth
is that from the row before; of time and of a doubled batch 2 is linear, of a doubled
side 4. Rows are measured one after the other: a busy machine shows in their ratios.
"""

import argparse
import functools
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import loops
    import matplotlib.figure
    import psutil
    import reporting
    import synthetic
    import tensorflow as tf
    from matplotlib.axes import Axes
    from reporting import GIB, MIB

    import models
    from datasets.info import Info
    from datasets.pipeline import loader

BATCHES, SIDES = (16, 32, 64, 128, 256, 512, 1024), (32, 64, 128, 256)
SIDE, BATCH = 64, 16  # where the other one grows
SMALL = 28  # pixels, of the model whose steps are many


class Point(NamedTuple):
    """What a process trains."""

    info: Info
    batch_size: int
    width: float
    seconds: float
    rounds: int


class Result(NamedTuple):
    """What it took; memory in bytes."""

    step: float  # seconds
    peak: int  # resident, ever
    before: int  # resident, before the first step
    device: int  # the GPU's peak; 0 without one

    @property
    def added(self) -> int:
        """What the steps added to the resident memory."""
        return self.peak - self.before

    @property
    def shown(self) -> float:
        """GiB of the memory that grows: the GPU's, where there is one."""
        return (self.device or self.peak) / GIB


class Interval(NamedTuple):
    """Some steps of a long training."""

    step: float  # seconds
    resident: int  # bytes, at its end


Results = dict[int, Result]  # by batch or side


def looped(point: Point) -> loops.Way:
    """A point's training."""
    widths = {"g_width": point.width, "d_width": point.width}
    model = models.create("dcgan", point.info.shape, **widths)
    data = loader.batches(point.info, point.batch_size, seed=0, reads=model.reads)
    return loops.timed(functools.partial(loops.train, loops.prepared(model, data)))


def measure(point: Point) -> Result:
    """A point, in the process that calls it."""
    train = looped(point)
    before = psutil.Process().memory_info().rss
    train(2)  # traces
    count = max(1, round(point.seconds / train(1)))
    step = statistics.median(train(count) / count for _ in range(point.rounds))
    return Result(step, reporting.peak(), before, device_peak())


def device_peak() -> int:
    """The most bytes that TensorFlow used of the GPU; 0 without one."""
    if not tf.config.list_logical_devices("GPU"):
        return 0
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]


def long(point: Point, steps: int, every: int) -> list[Interval]:
    """A long training, in the process that calls it."""
    train, process = looped(point), psutil.Process()
    train(2)  # traces
    starts = range(0, steps, every)
    return [Interval(train(every) / every, process.memory_info().rss) for _ in starts]


def growing(name: str, title: str, unit: str, points: dict[int, Point]) -> Results:
    """Measures points by their size, and makes their table."""
    columns = [
        unit, "time / row before", "memory of steps / row before", "ms per step",
        "images/s", "peak, GiB", "of it by steps, GiB", "GPU peak, GiB",
    ]  # fmt: skip
    table = reporting.Table(name, title, columns)
    found: Results = {}
    for size, point in points.items():
        r = reporting.anew(measure, point)
        last = list(found.values())[-1:]
        table.row(
            f"{size:,}",
            *[f"{r.step / before.step:.2f}" for before in last] or [""],
            *[f"{r.added / before.added:.2f}" for before in last] or [""],
            f"{1e3 * r.step:,.1f}",
            f"{point.batch_size / r.step:,.0f}",
            f"{r.peak / GIB:.2f}",
            f"{r.added / GIB:.2f}",
            f"{r.device / GIB:.2f}" if r.device else "none",
        )
        found[size] = r
    table.save()
    return found


def lasting(point: Point, steps: int, every: int) -> list[Interval]:
    """Trains for long, and makes the table of its intervals."""
    found = reporting.anew(long, point, steps, every)
    title = f"{steps:,} steps of dcgan, {SMALL} px, batch {BATCH}, width {point.width}"
    columns = "steps", "time / median", "ms per step", "resident, MiB", "more, MiB"
    table = reporting.Table("growth-steps", title, columns)
    median = statistics.median(interval.step for interval in found)
    for number, interval in enumerate(found, start=1):
        table.row(
            f"{number * every:,}",
            f"{interval.step / median:.2f}",
            f"{1e3 * interval.step:.2f}",
            f"{interval.resident / MIB:,.1f}",
            f"{(interval.resident - found[0].resident) / MIB:+.1f}",
        )
    table.save()
    return found


def panel(axes: Axes, label: str, unit: str, x: Sequence, y: Sequence) -> None:
    """A curve with its points, from zero."""
    axes.plot(x, y, "o-", markersize=3)
    axes.set(xlabel=label, ylabel=unit, ylim=(0, 1.1 * max(y)))
    axes.grid(alpha=0.3)


def draw(batches: Results, sides: Results, kept: list[Interval], every: int) -> None:
    """Saves growth.png: time above memory, by batch, side and steps."""
    figure = matplotlib.figure.Figure((11, 5.4), dpi=90, layout="constrained")
    columns = figure.subplots(2, 3).T
    images = {"batch": batches, "side, px": sides}
    for (label, found), (above, below) in zip(images.items(), columns[:2], strict=True):
        counts = [size if found is batches else BATCH for size in found]
        each = [1e3 * r.step / n for r, n in zip(found.values(), counts, strict=True)]
        panel(above, label, "ms per image", list(found), each)
        panel(below, label, "peak, GiB", list(found), [r.shown for r in found.values()])
    for axes in columns[:2].ravel():
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:.0f}")
    above, below = columns[2]
    steps = [every * number for number in range(1, len(kept) + 1)]
    panel(above, "steps", "ms per step", steps, [1e3 * i.step for i in kept])
    panel(below, "steps", "resident, GiB", steps, [i.resident / GIB for i in kept])
    figure.savefig(reporting.folder() / "growth.png")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=float, default=1 / 8, help="of G and D")
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--sides", type=int, nargs="+", default=SIDES)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--every", type=int, default=200, help="steps of an interval")
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    """Prints and saves the tables and the figure."""
    args = arguments()
    with tempfile.TemporaryDirectory() as directory:

        def point(side: int, batch_size: int, count: int) -> Point:
            shape = side, side, 1 if side == SMALL else 3
            info = synthetic.dataset(Path(directory) / f"{count}", count, shape)
            return Point(info, batch_size, args.width, args.seconds, args.rounds)

        count = 2 * max(args.batches)  # the same files for all
        by_batch = {n: point(SIDE, n, count) for n in args.batches}
        title = f"dcgan, {SIDE} px, width {args.width}, by batch"
        batches = growing("growth-batch", title, "batch", by_batch)
        by_side = {n: point(n, BATCH, 4 * BATCH) for n in args.sides}
        title = f"dcgan, batch {BATCH}, width {args.width}, by image size"
        sides = growing("growth-side", title, "side, px", by_side)
        small = point(SMALL, BATCH, 64 * BATCH)
        kept = lasting(small, args.steps, args.every)
        draw(batches, sides, kept, args.every)


if __name__ == "__main__":
    main()
