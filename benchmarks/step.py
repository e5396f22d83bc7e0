"""The training loop's rate, data included, beside that of its bare compiled step.

python benchmarks/step.py --dataset celeba --width 0.25 --batch_size 32

Both run in turns in one process on the same model: the loop as train.py runs it, and
the same compiled step on one batch that is already in memory. Medians count.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

import models
from datasets import conversion, pipeline
from training import loop
from training.settings import Settings


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", help="default: all that the dataset fits")
    parser.add_argument("--dataset", default="celeba")
    parser.add_argument("--data_dir", type=Path, default=Path("data"))
    parser.add_argument("--width", type=float, default=0.25, help="of G and D")
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0, help="per measurement")
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def timed(run: Callable[[int], object], steps: int) -> float:
    """Steps per second of `run(steps)`."""
    start = time.perf_counter()
    run(steps)
    return steps / (time.perf_counter() - start)


def main() -> None:
    """Prints a line per model: the ratio and both rates."""
    args = arguments()
    info = conversion.ensure(args.dataset, None, args.data_dir)
    print("| model | loop / bare step | loop, images/s | bare step, images/s |")
    print("|---|---|---|---|")
    fitting = [n for n, cls in models.MODELS.items() if {*cls.reads} <= {*info.keys}]
    for name in args.models.split(",") if args.models else fitting:
        widths = {"g_width": args.width, "d_width": args.width}
        model = models.create(name, info.shape, len(info.classes), **widths)
        dataset = pipeline.batches(info, args.batch_size, seed=0, reads=model.reads)
        made = loop.Loop(
            model,
            dataset,
            tf.distribute.get_strategy(),
            steps_per_call=Settings.steps_per_call,
        )
        batches = [next(made.iterator) for _ in range(model.batches_per_step)]

        def bare(steps, made=made, batches=batches):
            for _ in range(steps):
                logs = made.train_step(batches)
            return {k: float(v) for k, v in logs.items()}

        def looped(steps, made=made):
            step = 0
            while step < steps:
                step, _ = made.advance(step, steps)

        for run in (bare, looped):
            run(2)  # traces
        steps = max(2, int(args.seconds * timed(bare, 5)))
        rates = [(timed(looped, steps), timed(bare, steps)) for _ in range(args.rounds)]
        ratio = statistics.median(a / b for a, b in rates)
        images = args.batch_size * model.batches_per_step
        columns = zip(*rates, strict=True)
        loop_rate, bare_rate = (images * statistics.median(c) for c in columns)
        print(f"| {name} | {ratio:.3f} | {loop_rate:,.0f} | {bare_rate:,.0f} |")


if __name__ == "__main__":
    main()
