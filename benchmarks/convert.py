"""convert.py's rate beside Pillow's decode, crop and resize alone on the same cores.

python benchmarks/convert.py --source img_align_celeba.zip --crop 64

Both run in worker processes that are started anew each time, in turns; medians count.
Pillow's images are in memory and its pixels are thrown away.
"""

import argparse
import contextlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from datasets import (
    catalogue,
    conversion,
    download,
    items,
    pixels,
    sharding,
    sources,
    workers,
)

Piece = tuple[Sequence[bytes], str, int]


def pillow(piece: Piece) -> int:
    """What Pillow has to do for some images, and nothing else."""
    raws, crop, size = piece
    for raw in raws:
        image = Image.open(io.BytesIO(raw))
        image = image.crop(pixels.crop_box(crop, *image.size))
        if image.size != (size, size):
            image = image.resize((size, size), Image.Resampling.BILINEAR)
    return len(raws)


def pieces(source: items.Source, crop: str, size: int) -> Iterator[Piece]:
    """The images in as many pieces as there are shards."""
    with source.store.reader() as read:
        for part in np.array_split(np.arange(len(source)), sharding.MAX_SHARDS):
            yield [read(int(i)) for i in part], crop, size


def main() -> None:
    """Prints the ratio and both rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=Path, required=True, help="zip or folder")
    parser.add_argument("--crop", default="64", help="as convert.py's")
    parser.add_argument("--image_size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each")
    parser.add_argument("--workers", type=int, default=workers.default())
    args = parser.parse_args()
    options = conversion.Options(
        args.image_size, args.crop, workers=args.workers, renew=True
    )
    entry = catalogue.CATALOGUE["celeba"]
    seconds: dict[str, list[float]] = {"pillow": [], "convert": []}
    with tempfile.TemporaryDirectory() as directory:
        raw = download.fetch(entry, Path(directory), args.source)
        source = sources.read(raw, entry)
        loaded = list(pieces(source, pixels.crop_name(args.crop), args.image_size))
        for _ in range(args.rounds):
            begin = time.perf_counter()
            sum(workers.results(pillow, loaded, args.workers))
            middle = time.perf_counter()
            with contextlib.redirect_stderr(io.StringIO()):
                conversion.convert(entry, Path(directory), options)
            seconds["pillow"].append(middle - begin)
            seconds["convert"].append(time.perf_counter() - middle)
    rates = {key: len(source) / statistics.median(s) for key, s in seconds.items()}
    print(f"convert / pillow: {rates['convert'] / rates['pillow']:.1%}")
    for key, rate in rates.items():
        print(f"{key:8} {rate:,.0f} images/s on {args.workers} processes")


if __name__ == "__main__":
    main()
