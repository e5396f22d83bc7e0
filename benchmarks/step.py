"""Training steps: this project's loop beside its bare step, Keras, PyTorch and a limit.

python benchmarks/step.py --cases "dcgan 64" --batch_size 16

Images per second, each case in a process of its own, its ways in turns, on random
images. `loop` is what train.py runs, with its data; `bare` is the same compiled step on
one batch in memory; `Keras` is a plain `train_step` with `fit` and tf.data, by XLA on a
GPU alone, as is its default; `PyTorch` is a plain eager loop on one batch in memory,
channels last (on a GPU by torch.compile); both have the same nets, see
benchmarks/peers. `limit` is the rate if the step's convolutions and matrix products
alone took time, at the rate of a large product or convolution (the quicker one),
measured in the same turns.

A step is one update of D and one of G. Keras draws images for each; PyTorch and this
project once for both, but for pix2pix, whose dropout the loop draws twice.
"""

import argparse
import dataclasses
import functools
import importlib.util
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import limits
    import loops
    import reporting
    import synthetic
    import tensorflow as tf

    import models
    from benchmarks.peers import keras_steps
    from datasets.pipeline import loader
    from training import devices, loop

EXAMPLES = 4096
TF_TYPES = {"float32": "float32", "mixed_bfloat16": "bfloat16"}
SUFFIXES = {"float32": "", "mixed_bfloat16": "-bfloat16"}


@dataclasses.dataclass(frozen=True)
class Case:
    """A model at one size; `batch` is for a CPU, a GPU takes 16 times as many."""

    model: str
    side: int
    channels: int
    width: float
    batch: int
    peers: bool = True  # whether there are any

    @property
    def kind(self) -> str:
        """What its examples are."""
        return "paired" if self.model == "pix2pix" else "images"


CASES = {
    "dcgan 64": Case("dcgan", 64, 3, 1.0, 16),
    "dcgan 64, width 1/4": Case("dcgan", 64, 3, 0.25, 32),
    "wgan-gp resnet 64": Case("wgan-gp", 64, 3, 1.0, 8),
    "wgan-gp resnet 64, width 1/4": Case("wgan-gp", 64, 3, 0.25, 32),
    "began 64": Case("began", 64, 3, 1.0, 4),
    "began 64, width 1/4": Case("began", 64, 3, 0.25, 16),
    "ebgan 64": Case("ebgan", 64, 3, 1.0, 16),
    "ebgan 64, width 1/4": Case("ebgan", 64, 3, 0.25, 32),
    "dcgan MNIST": Case("dcgan", 28, 1, 1.0, 64),
    "dcgan MNIST, width 1/4": Case("dcgan", 28, 1, 0.25, 64),
    "pix2pix 128": Case("pix2pix", 128, 3, 1.0, 1),
    "pix2pix 128, width 1/4": Case("pix2pix", 128, 3, 0.25, 1),
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", help=f"of {'; '.join(CASES)}; default: all")
    parser.add_argument("--models", help="instead, on MNIST's size: gan,dcgan,...")
    parser.add_argument("--width", type=float, default=0.25, help="of --models")
    parser.add_argument("--batch_size", type=int, help="default: the case's")
    parser.add_argument("--precision", default="float32", help="or mixed_bfloat16")
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def cases(args: argparse.Namespace) -> dict[str, Case]:
    """Those that the command line names."""
    if args.models:
        names = args.models.split(",")
        return {name: Case(name, 28, 1, args.width, 64, peers=False) for name in names}
    names = args.cases.split("; ") if args.cases else list(CASES)
    return {name: CASES[name] for name in names}


def measure(case: Case, args: argparse.Namespace) -> tuple[dict, float]:
    """Rates of each way by round, and the loop's share of waiting for data."""
    devices.configure(args.precision, deterministic=False)
    gpu = bool(tf.config.list_physical_devices("GPU"))
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)  # PyTorch wants some
    images = args.batch_size or (case.batch * 16 if gpu else case.batch)
    widths = {"g_width": case.width, "d_width": case.width}
    shape = case.side, case.side, case.channels
    classes = 10 if "label" in models.model_class(case.model).reads else 0
    model = models.create(case.model, shape, classes, **widths)
    with tempfile.TemporaryDirectory() as directory:
        info = synthetic.dataset(Path(directory), EXAMPLES, shape, case.kind, classes)
        batches = loader.batches(info, images, 0, reads=model.reads)
        steps = loops.prepared(model, batches)
        ways = ours(steps)
        if case.peers:
            ways |= theirs(case, batches, images, args.precision, gpu)
        rates = {k: loops.rate_of(way, images, args.seconds) for k, way in ways.items()}
        rates["limit"] = limit(steps, images, TF_TYPES[args.precision])
        steps.data_wait()
        found = reporting.in_turns(rates, args.rounds)
        return found, steps.data_wait()


def ours(steps: loop.Loop) -> dict[str, loops.Way]:
    """The loop as train.py runs it, and its step on one batch in memory."""
    minibatches = [next(steps.iterator) for _ in range(steps.model.batches_per_step)]

    def bare(count: int) -> None:
        for _ in range(count):
            logs = steps.train_step(minibatches)
        tf.nest.map_structure(float, logs)  # waits for it

    looped = functools.partial(loops.train, steps)
    return {"loop": loops.timed(looped), "bare": loops.timed(bare)}


def theirs(
    case: Case, batches: tf.data.Dataset, images: int, precision: str, gpu: bool
) -> dict[str, loops.Way]:
    """The same nets in plain Keras, and in PyTorch where it is installed."""
    pairs = case.kind == "paired"
    data = batches.map(
        lambda x: (x["target"], x["source"]) if pairs else x["image"],
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    optimized = tf.data.Options()  # ours are not
    optimized.experimental_optimization.apply_default_optimizations = True
    data = data.with_options(optimized)
    sizes = (case.side, case.channels, case.width, images)
    made = {"Keras": keras_steps.steps(case.model, data, *sizes)}
    if importlib.util.find_spec("torch"):
        from benchmarks.peers import torch_steps

        device, dtype = "cuda" if gpu else "cpu", TF_TYPES[precision]
        work = torch_steps.steps(case.model, *sizes, device, dtype, gpu)
        made["PyTorch"] = loops.timed(work)
    return made


def limit(steps: loop.Loop, images: int, dtype: str) -> Callable[[], float]:
    """Images per second if only products took time, at the machine's rate for them."""
    minibatches = [next(steps.iterator) for _ in range(steps.model.batches_per_step)]
    traced = steps.train_step.get_concrete_function(minibatches)
    flops, rate = limits.multiplications(traced), limits.machine_rate(dtype)
    return lambda: images * rate() / flops


def main() -> None:
    """Prints a line per case."""
    args = arguments()
    columns = ("loop", "bare", "Keras", "PyTorch", "limit")
    table = reporting.Table(
        "step" + "-models" * bool(args.models) + SUFFIXES[args.precision],
        f"Training steps, images/s, {args.precision}",
        ["case", *(f"loop / {name}" for name in columns[1:]), *columns, "data wait"],
    )
    for name, case in cases(args).items():
        rates, waited = reporting.anew(measure, case, args)
        known = {key: rates.get(key) for key in columns}
        ratios = [
            reporting.spread(rates["loop"], theirs) if theirs else ""
            for theirs in list(known.values())[1:]
        ]
        medians = [f"{statistics.median(r):.3g}" if r else "" for r in known.values()]
        table.row(name, *ratios, *medians, f"{waited:.2%}")
        table.save()
    table.note("In brackets: the lowest and the highest ratio of the rounds.")
    table.save()


if __name__ == "__main__":
    main()
