"""Seconds and bytes of GIFs, beside imageio's and Pillow's own encoding.

python benchmarks/gifs.py

All encode the same frames, those of a latent.gif of smooth random images, in turns;
medians count. The error is a pixel's mean difference from the frames. eval.py chooses
256 colours for all frames, or fewer where a GIF would be too large; the others choose
256 for each frame.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from common import cli

with cli.quiet():
    import imageio
    import numpy as np
    import reporting
    import scipy.ndimage
    from PIL import Image, ImageSequence

    from evaluation.pictures import gifs, grids, interpolation, latent_walks

FRAMES = 60  # eval.py's --frames
# Images that stand in for generated ones: side, cells per side, channels, contrast.
PICTURES = {"colours": (64, 12, 3, 0.5), "digits": (28, 7, 1, 4.0)}


def frames(kind: str) -> list[np.ndarray]:
    """The frames of a latent.gif of smooth images that move as generated ones do."""
    side, cells, channels, contrast = PICTURES[kind]
    rng = np.random.default_rng(0)
    shape = latent_walks.STATIONS, latent_walks.LOOPS, cells * cells * channels
    made = []
    for z in interpolation.closed_loop(rng.standard_normal(shape), FRAMES):
        images = z.reshape(latent_walks.LOOPS, cells, cells, channels)
        images = images + 2 * images.mean(axis=-1, keepdims=True)  # related colours
        smooth = scipy.ndimage.zoom(images, (1, side / cells, side / cells, 1))
        grid = grids.grid(np.tanh(contrast * smooth), limit=gifs.GRID_WIDTH)
        made.append(grids.caption(grid, kind, "step 0"))
    return made


def by_imageio(pictures: Sequence[np.ndarray]) -> bytes:
    """By `imageio.mimsave`."""
    file = io.BytesIO()
    imageio.mimsave(file, pictures, "GIF", duration=latent_walks.LOOP_MS, loop=0)
    return file.getvalue()


def by_pillow(pictures: Sequence[np.ndarray]) -> bytes:
    """By Pillow's `save`."""
    file = io.BytesIO()
    first, *others = map(Image.fromarray, pictures)
    options = {"duration": latent_walks.LOOP_MS, "loop": 0}
    first.save(file, "GIF", save_all=True, append_images=others, **options)
    return file.getvalue()


def by_us(pictures: Sequence[np.ndarray]) -> bytes:
    """As eval.py does."""
    return gifs.encode(pictures, [latent_walks.LOOP_MS] * len(pictures))


def error(gif: bytes, pictures: Sequence[np.ndarray]) -> float:
    """Mean difference of a GIF's pixels from those of the frames, in levels of 255."""
    read = ImageSequence.Iterator(Image.open(io.BytesIO(gif)))
    pairs = zip(read, pictures, strict=True)
    differences = [np.asarray(a.convert("RGB"), np.int32) - b for a, b in pairs]
    return float(np.abs(differences).mean())


PEERS = {"imageio": by_imageio, "Pillow": by_pillow}
ENCODERS = {"ours": by_us, **PEERS}


class Encoding:
    """Some frames encoded by one encoder; each call returns the seconds it took."""

    def __init__(self, way: str, pictures: Sequence[np.ndarray]):
        self.way, self.pictures = way, pictures
        self.info = b""

    def __call__(self) -> float:
        begin = time.perf_counter()
        self.info = ENCODERS[self.way](self.pictures)
        return time.perf_counter() - begin


def main() -> None:
    """Prints and saves the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    columns = [
        "frames",
        *(f"{what}, ours / {way}'s" for what in ("time", "bytes") for way in PEERS),
        *(f"{way}, {what}" for what in ("s", "kB", "error") for way in ENCODERS),
    ]  # fmt: skip
    title = f"GIFs of {FRAMES} frames; the error is in levels of 255"
    table = reporting.Table("gifs", title, columns)
    for kind in PICTURES:
        pictures = frames(kind)
        ways = {way: Encoding(way, pictures) for way in ENCODERS}
        for encode in ways.values():
            encode()  # loads its library
        found = reporting.in_turns(ways, args.rounds)
        size = {way: len(encoding.info) for way, encoding in ways.items()}
        height, width, _ = pictures[0].shape
        table.row(
            f"{kind} in {width}x{height}",
            *(f"{reporting.ratio(found['ours'], found[way]):.2f}" for way in PEERS),
            *(f"{size['ours'] / size[way]:.2f}" for way in PEERS),
            *(f"{statistics.median(found[way]):.2f}" for way in ENCODERS),
            *(f"{size[way] / 1e3:,.0f}" for way in ENCODERS),
            *(f"{error(ways[way].info, pictures):.2f}" for way in ENCODERS),
        )
    table.save()


if __name__ == "__main__":
    main()
