"""The training pipeline's rate beside that of reading the same shards' raw bytes.

python benchmarks/input.py --dataset celeba --batch_size 64

Both run in turns in one process; medians count. The shards are in the page cache.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from datasets import conversion, info, pipeline, records


def raw_rate(made: info.Info, images: int) -> float:
    """Images per second when the shards' bytes are read and nothing is done."""
    passes = max(1, images // made.count)
    begin = time.perf_counter()
    for _ in range(passes):
        for shard in made.shards:
            with (made.directory / shard.name).open("rb", buffering=0) as file:
                while file.read(records.BLOCK_BYTES):
                    pass
    return passes * made.count / (time.perf_counter() - begin)


def pipeline_rate(made: info.Info, images: int, batch_size: int) -> float:
    """Images per second that the pipeline delivers."""
    batches = iter(pipeline.batches(made, batch_size, seed=0))
    next(batches)
    count = images // batch_size
    begin = time.perf_counter()
    for _ in range(count):
        next(batches)
    return count * batch_size / (time.perf_counter() - begin)


def main() -> None:
    """Prints the ratio and both rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", default="celeba")
    parser.add_argument("--image_size", type=int)
    parser.add_argument("--data_dir", type=Path, default=Path("data"))
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--images", type=int, default=100_000, help="per run")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each")
    args = parser.parse_args()
    made = conversion.ensure(args.dataset, args.image_size, args.data_dir)
    rates = [
        (pipeline_rate(made, args.images, args.batch_size), raw_rate(made, args.images))
        for _ in range(args.rounds)
    ]
    delivered, read = (statistics.median(column) for column in zip(*rates, strict=True))
    shape = "x".join(map(str, made.shape))
    print(f"pipeline / raw bytes: {delivered / read:.1%}")
    print(f"pipeline   {delivered:,.0f} images/s of {shape}, batch {args.batch_size}")
    print(
        f"raw bytes  {read:,.0f} images/s, {read * made.layout.stride / 1e9:.2f} GB/s"
    )


if __name__ == "__main__":
    main()
