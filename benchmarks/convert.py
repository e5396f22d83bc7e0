"""convert.py's rate beside Pillow's alone on the same cores, and TensorFlow's loops.

python benchmarks/convert.py
python benchmarks/convert.py --source img_align_celeba.zip --crop center128

All run in turns; medians count. convert.py starts its processes anew each time and
reads and writes files. The others' processes are there, their images are in memory, and
Pillow's pixels are thrown away; TensorFlow's go to a TFRecord, as a script of a user's
would do it. Without --source the images are made in a temporary directory.
"""

import argparse
import concurrent.futures
import contextlib
import functools
import io
import itertools
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # all of this is the CPU's work

import reporting
import synthetic

from common import cli
from datasets import catalogue
from datasets.conversion import converter, workers
from datasets.download import fetch
from datasets.images import decoding
from datasets.sources import formats

CELEBA = catalogue.CATALOGUE["celeba"]
SIZE = 64
FACES = 202_599  # images that CelebA has
SYNTHETIC = {  # width, height, crop, images
    "178x218": (178, 218, "center128", FACES),
    "89x109": (89, 109, "center64", FACES),
    "1024x1024": (1024, 1024, "none", 6_000),
}
HELD = 1000  # images in a process's memory, taken again and again
GOALS = {"Pillow": "0.9", "Pillow with draft": "0.9", "TensorFlow's loop": "1.5"}
Pool = concurrent.futures.ProcessPoolExecutor


@dataclass(frozen=True)
class Case:
    """Images and what is made of them."""

    name: str
    raw: Path  # as download.py left them
    crop: str
    draft: bool = False  # whether a decoder can do with fewer pixels


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, help="zip or folder; default: synthetic")
    parser.add_argument("--crop", default="center128", help="of --source")
    parser.add_argument("--images", type=float, default=1.0, help="times the default")
    parser.add_argument("--seconds", type=float, default=5.0, help="of the other ways")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--workers", type=int, default=workers.default())
    return parser.parse_args()


def convert(case: Case, processes: int) -> float:
    """Images per second of the whole conversion."""
    data_dir = case.raw.parents[1]
    shutil.rmtree(data_dir / CELEBA.name / f"{SIZE}px", ignore_errors=True)
    options = converter.ConversionOptions(SIZE, case.crop, workers=processes)
    with contextlib.redirect_stderr(io.StringIO()):
        begin = time.perf_counter()
        info = converter.convert(CELEBA, data_dir, options)
        return info.count / (time.perf_counter() - begin)


@functools.cache
def held(raw: Path, first: int, step: int) -> list[bytes]:
    """Some image files' bytes, of this process's own part."""
    items = formats.read(raw, CELEBA)
    positions = range(first, len(items), step)[:HELD]
    with items.store.reader() as read:
        return [read(position) for position in positions]


def rate(handle: Callable[[bytes], object], raws: list[bytes], seconds: float) -> float:
    """Images per second of a function of an image file's bytes."""
    begin = time.perf_counter()
    for count, raw in enumerate(itertools.cycle(raws), 1):
        handle(raw)
        taken = time.perf_counter() - begin
        if taken > seconds:
            return count / taken
    raise ValueError("no image files to repeat")


def pillow(case: Case, draft: bool, first: int, step: int, seconds: float) -> float:
    """What Pillow has to do, and nothing else."""

    def handle(raw: bytes) -> None:
        image = Image.open(io.BytesIO(raw))
        if draft:
            image.draft("RGB", (SIZE, SIZE))
        if box := decoding.crop_box(case.crop, *image.size):
            image = image.crop(box)
        if image.size != (SIZE, SIZE):
            image = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        image.load()

    return rate(handle, held(case.raw, first, step), seconds)


def decoder(case: Case, raw: bytes) -> Callable[[Any], Any]:
    """What makes a uint8 tensor of an image file, as TensorFlow's tutorials do it."""
    with cli.quiet():
        import tensorflow as tf

    box = decoding.crop_box(case.crop, *Image.open(io.BytesIO(raw)).size)

    def decode(raw: Any) -> Any:
        image = tf.io.decode_jpeg(raw, channels=3)
        if box:
            image = image[box[1] : box[3], box[0] : box[2]]
        return tf.cast(tf.image.resize(image, (SIZE, SIZE)), tf.uint8)

    return decode


@contextlib.contextmanager
def writer() -> Iterator[Callable[[np.ndarray], None]]:
    """A function that writes an image to a TFRecord, as TensorFlow's tutorials do."""
    with cli.quiet():
        import tensorflow as tf

    def write(image: np.ndarray) -> None:
        value = tf.train.BytesList(value=[image.tobytes()])
        features = {"image": tf.train.Feature(bytes_list=value)}
        example = tf.train.Example(features=tf.train.Features(feature=features))
        out.write(example.SerializeToString())

    with tempfile.NamedTemporaryFile() as file, tf.io.TFRecordWriter(file.name) as out:
        yield write


def loop(case: Case, first: int, step: int, seconds: float) -> float:
    """One image after the other, eagerly."""
    raws = held(case.raw, first, step)
    decode = decoder(case, raws[0])
    with writer() as write:
        return rate(lambda raw: write(decode(raw).numpy()), raws, seconds)


@functools.cache
def decoded(case: Case, first: int, step: int) -> Iterator[np.ndarray]:
    """Images from tf.data, endlessly; TensorFlow chooses how many at a time."""
    with cli.quiet():
        import tensorflow as tf

    raws = held(case.raw, first, step)
    images = tf.data.Dataset.from_tensor_slices(raws).repeat()
    images = images.map(decoder(case, raws[0]), num_parallel_calls=tf.data.AUTOTUNE)
    return images.prefetch(tf.data.AUTOTUNE).as_numpy_iterator()


def mapped(case: Case, first: int, step: int, seconds: float) -> float:
    """The same, decoded in a parallel map and written by one thread."""
    images = decoded(case, first, step)
    with writer() as write:
        return rate(lambda _: write(next(images)), [b""], seconds)


def together(
    pools: Sequence[Pool], way: Callable[[int, int, float], float], seconds: float
) -> float:
    """The sum of a way's rates in several processes at once, each with its part."""
    step = len(pools)
    jobs = [pool.submit(way, i, step, seconds) for i, pool in enumerate(pools)]
    return sum(job.result() for job in jobs)


def cases(args: argparse.Namespace, directory: Path) -> Iterator[Case]:
    """The images, each kind in a data directory of its own."""
    if args.source:
        raw = fetch.fetch(CELEBA, directory, args.source)
        yield Case(args.source.name, raw, args.crop)
        return
    for name, (width, height, crop, count) in SYNTHETIC.items():
        count = max(100, int(args.images * count))
        path = synthetic.jpegs(directory, count, width, height)
        raw = fetch.fetch(CELEBA, directory / name, path)
        path.unlink()
        yield Case(name, raw, crop, draft=width >= 4 * SIZE)


def measured(case: Case, args: argparse.Namespace) -> dict[str, list[float]]:
    """Images per second of each way, round by round."""
    spawn = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as stack:
        pools = [stack.enter_context(Pool(1, spawn)) for _ in range(args.workers + 1)]
        one, each = pools[:1], pools[1:]
        ways = {
            "Pillow": (each, functools.partial(pillow, case, False)),
            "Pillow with draft": (each, functools.partial(pillow, case, True)),
            "TensorFlow's loop": (one, functools.partial(loop, case)),
            "the same in tf.data's map": (one, functools.partial(mapped, case)),
        }
        if not case.draft:
            del ways["Pillow with draft"]
        runs = {name: functools.partial(together, *way) for name, way in ways.items()}
        for run in runs.values():
            run(0.5)  # loads images, and TensorFlow
        timed = {name: functools.partial(r, args.seconds) for name, r in runs.items()}
        ours = {"convert": functools.partial(convert, case, args.workers)}
        return reporting.in_turns(ours | timed, args.rounds)


def main() -> None:
    """Prints a row for each kind of images and each other way."""
    args = arguments()
    title = f"convert.py to {SIZE}x{SIZE} with {args.workers} processes"
    columns = ("convert / other", "goal", "JPEGs", "other", "convert, images/s",
               "other, images/s")  # fmt: skip
    table = reporting.Table("convert", title, columns)
    with tempfile.TemporaryDirectory() as directory:
        for case in cases(args, Path(directory)):
            rates = measured(case, args)
            ours = rates.pop("convert")
            for name, theirs in rates.items():
                table.row(
                    reporting.spread(ours, theirs), GOALS.get(name, ""),
                    case.name, name,
                    f"{statistics.median(ours):,.0f}",
                    f"{statistics.median(theirs):,.0f}",
                )  # fmt: skip
    table.note(
        "In brackets: the lowest and the highest ratio of the rounds. "
        f"Pillow runs in {args.workers} processes at once. TensorFlow's ways are one "
        "process with a TFRecordWriter: the loop is eager, the map parallel."
    )
    table.save()


if __name__ == "__main__":
    main()
