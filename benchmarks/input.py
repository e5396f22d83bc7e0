"""The training pipeline's rate beside that of reading the same shards' raw bytes.

python benchmarks/input.py
python benchmarks/input.py --dataset celeba

Both run in turns in one process, on shards that are in the page cache; medians count.
Without --dataset it reads noise that it makes in a temporary directory.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import reporting
    import synthetic

    from datasets import tfrecord
    from datasets.conversion import converter
    from datasets.info import Info
    from datasets.pipeline import loader

COUNTS = {64: 20_000, 256: 1_500}  # image size -> synthetic examples


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", help="a converted one, rather than noise")
    parser.add_argument("--image_size", type=int, help="of --dataset")
    parser.add_argument("--data_dir", type=Path, default=Path("data"))
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def read(info: Info) -> int:
    """Reads the shards' bytes once, and does nothing with them; the images' number."""
    block = bytearray(tfrecord.BLOCK_BYTES)
    for shard in info.shards:
        with (info.directory / shard.name).open("rb", buffering=0) as file:
            while file.readinto(block):
                pass
    return info.count


def delivered(info: Info, batch_size: int) -> Callable[[], int]:
    """A function that takes the pipeline's next batch; the images' number."""
    batches = iter(loader.batches(info, batch_size, seed=0))

    def take() -> int:
        next(batches)
        return batch_size

    return take


def rate(run: Callable[[], int], seconds: float) -> float:
    """Images per second of a function that is called again and again."""
    images = 0
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        images += run()
    return images / (time.perf_counter() - begin)


def found(args: argparse.Namespace, directory: Path) -> Iterator[Info]:
    """The datasets to read."""
    if args.dataset:
        yield converter.ensure(args.dataset, args.image_size, args.data_dir)
        return
    for size, count in COUNTS.items():
        yield synthetic.dataset(directory, count, (size, size, 3))


def main() -> None:
    """Prints a row per dataset."""
    args = arguments()
    title = f"Input pipeline beside a raw read of its shards, batch {args.batch_size}"
    columns = ("images", "pipeline / raw read", "images/s", "GB/s", "raw read, GB/s")
    table = reporting.Table("input", title, columns)
    with tempfile.TemporaryDirectory() as directory:
        for info in found(args, Path(directory)):
            take = delivered(info, args.batch_size)
            for _ in itertools.repeat(None, 2 * info.count // args.batch_size):
                take()  # maps the pages
            rates = reporting.in_turns(
                {
                    "pipeline": lambda take=take: rate(take, args.seconds),
                    "raw": lambda info=info: rate(lambda: read(info), args.seconds),
                },
                args.rounds,
            )
            ours, raw = (statistics.median(rates[key]) for key in ("pipeline", "raw"))
            gigabytes = info.layout.stride / 1e9
            table.row(
                "x".join(map(str, info.shape)),
                f"{reporting.ratio(rates['pipeline'], rates['raw']):.1%}",
                f"{ours:,.0f}",
                f"{ours * gigabytes:.2f}",
                f"{raw * gigabytes:.2f}",
            )
    table.save()


if __name__ == "__main__":
    main()
