"""How time and memory of converting and of the pipeline grow with the examples.

python benchmarks/dataset_growth.py --counts 10000,100000,1000000

Each size is measured in a process of its own, whose memory and whose workers' is looked
at from outside, again and again: the most that they ever had resident, without the
files that they had mapped. What the pipeline maps are the shards; the system takes that
memory back when it needs it.
"""

import argparse
import collections
import contextlib
import io
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import reporting
import synthetic
from reporting import MIB

from common import cli
from datasets import catalogue
from datasets.conversion import converter, workers
from datasets.download import fetch
from datasets.info import Info

# No TensorFlow and no Matplotlib here: the workers that convert import this file too.

CELEBA = catalogue.CATALOGUE["celeba"]
SIDE = 16  # pixels
BATCH = 64
TIMED = 100_000  # images in as many epochs as that takes, or one
LOOK = 0.02  # seconds between looks at a process
FAMILY = 16  # looks between those for new workers


class Result(NamedTuple):
    """What a measurement took."""

    seconds: float
    peak: int  # bytes of the process, without mapped files
    worker: int  # the same of its largest worker; 0 without one
    mapped: int  # bytes of files


def converted(data_dir: Path) -> float:
    """Seconds of the conversion."""
    options = converter.ConversionOptions(SIDE, "none")
    with contextlib.redirect_stderr(io.StringIO()):
        begin = time.perf_counter()
        converter.convert(CELEBA, data_dir, options)
        return time.perf_counter() - begin


def delivered(info: Info) -> float:
    """Seconds of an epoch, once the shards are mapped."""
    with cli.quiet():
        from datasets.pipeline import loader

    batches = iter(loader.batches(info, BATCH, seed=0))
    steps, epochs = info.count // BATCH, max(1, TIMED // info.count)
    for _ in range(steps):
        next(batches)
    begin = time.perf_counter()
    for _ in range(steps * epochs):
        next(batches)
    return (time.perf_counter() - begin) / epochs


def run(results: Any, way: Callable, argument: object) -> None:
    """Sends what a way returns to the process that started this one."""
    results.send(way(argument))


def watched(way: Callable, argument: object) -> Result:
    """A way's seconds in a process of its own, and the memory that it had."""
    spawn = multiprocessing.get_context("spawn")
    results, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=run, args=(sender, way, argument))
    process.start()
    sender.close()
    first = psutil.Process(process.pid)
    family: list[psutil.Process] = []
    peaks: collections.Counter[int] = collections.Counter()
    looks = mapped = 0
    while not results.poll(LOOK):
        if not looks % FAMILY:
            family = [first, *first.children()]
        looks += 1
        for member in family:
            with contextlib.suppress(psutil.Error):  # it has ended
                memory = member.memory_info()
                files = getattr(memory, "shared", 0)
                mapped = max(mapped, files)
                peaks[member.pid] = max(peaks[member.pid], memory.rss - files)
    seconds = results.recv()
    process.join()
    own = peaks.pop(process.pid)
    return Result(seconds, own, max(peaks.values(), default=0), mapped)


def convert(directory: Path, count: int) -> Result:
    """Converting small JPEGs in a zip."""
    source = synthetic.jpegs(directory, count, SIDE, SIDE)
    data_dir = directory / f"{count}"
    fetch.fetch(CELEBA, data_dir, source)
    source.unlink()
    return watched(converted, data_dir)


def read(directory: Path, count: int) -> Result:
    """An epoch of the pipeline."""
    info = synthetic.dataset(directory / f"{count}", count, (SIDE, SIDE, 3))
    return watched(delivered, info)


def measured(
    name: str, title: str, way: Callable[[Path, int], Result], counts: Sequence[int]
) -> dict[int, Result]:
    """A way's results by count, and their table."""
    columns = (
        "time per image / row before", "peak / row before", "images", "seconds",
        "images/s", "peak, MiB", "more per image, bytes", "largest worker, MiB",
        "mapped files, MiB",
    )  # fmt: skip
    table = reporting.Table(f"dataset-growth-{name}", title, columns)
    found: dict[int, Result] = {}
    with tempfile.TemporaryDirectory() as directory:
        for count in counts:
            result = way(Path(directory), count)
            ratios, more = ["", ""], ""
            for less, before in list(found.items())[-1:]:
                slower = result.seconds / count / (before.seconds / less)
                ratios = [f"{slower:.2f}", f"{result.peak / before.peak:.2f}"]
                more = f"{(result.peak - before.peak) / (count - less):,.0f}"
            table.row(
                *ratios,
                f"{count:,}",
                f"{result.seconds:.2f}",
                f"{count / result.seconds:,.0f}",
                f"{result.peak / MIB:,.0f}",
                more,
                f"{result.worker / MIB:,.0f}" if result.worker else "none",
                f"{result.mapped / MIB:,.0f}",
            )
            found[count] = result
    table.note(
        "Peak: the most that was resident without mapped files, of the process that "
        "is measured. Seconds of a conversion have the start of its workers in them."
    )
    table.save()
    return found


def draw(results: dict[str, dict[int, Result]]) -> None:
    """Saves the figure: seconds and peaks by count, with what is linear."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure((9, 3.6), dpi=90, layout="constrained")
    times, peaks = figure.subplots(1, 2)
    for name, found in results.items():
        counts = list(found)
        seconds = [result.seconds for result in found.values()]
        (line,) = times.plot(counts, seconds, "o-", label=name)
        linear = [seconds[-1] * count / counts[-1] for count in counts]
        times.plot(counts, linear, ":", color=line.get_color())
        own = [result.peak / MIB for result in found.values()]
        peaks.plot(counts, own, "o-", label=name, color=line.get_color())
        if all(result.worker for result in found.values()):
            worker = [result.worker / MIB for result in found.values()]
            label = f"{name}: largest worker"
            peaks.plot(counts, worker, "s--", label=label, color=line.get_color())
    times.set(ylabel="seconds (dotted: linear)")
    peaks.set(ylabel="peak, MiB")
    for axes in (times, peaks):
        axes.set(xlabel="images", xscale="log", yscale="log")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(reporting.folder() / "dataset-growth.png")


def main() -> None:
    """Prints and saves the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="10000,100000,1000000")
    args = parser.parse_args()
    counts = sorted(int(count) for count in args.counts.split(","))
    pixels = f"{SIDE}x{SIDE}"
    convert_title = f"Converting JPEGs of {pixels} with {workers.default()} processes"
    read_title = f"An epoch of the pipeline, {pixels}x3, batch {BATCH}"
    draw(
        {
            "convert.py": measured("convert", convert_title, convert, counts),
            "pipeline, an epoch": measured("pipeline", read_title, read, counts),
        }
    )


if __name__ == "__main__":
    main()
