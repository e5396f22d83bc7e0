"""GIFs whose colours are chosen once for the whole animation.

Encoders left alone choose 256 colours for every frame, and whatever stands still
flickers. Here a pixel that does not change keeps its colour: one palette, and nothing
dithered.
"""

from collections.abc import Sequence

import imageio.v3
import numpy as np
from PIL import Image

GRID_WIDTH = 640  # px: wider grids are reduced in GIFs, and kept in PNGs
GIF_BYTES = 3_000_000  # that a GIF stays below, if few colours are enough for that
BYTES_PER_FRAME = GIF_BYTES // 60  # longer animations may be larger
COLOURS = (256, 128, 64, 32, 16)
PALETTE_PIXELS = 1 << 16  # that the palette is chosen from
REFINEMENTS = 4  # steps of k-means on them; more make no visible difference
MOST_COLOURS = 1 << 18  # before the palette; matching more is slow, with no difference
CHUNK = 1 << 13  # colours matched at a time: what fits a processor's cache


def encode(frames: Sequence[np.ndarray], milliseconds: Sequence[int]) -> bytes:
    """Encodes uint8 [h, w, 3] frames as a GIF that plays for ever.

    Of 256, 128, ... 16 colours it takes the most that stay below 3 MB (for more than 60
    frames: 50 kB a frame), or else 16. `milliseconds` has each frame's duration; frames
    equal to their predecessor become one with it and add theirs.
    """
    packed = [pack(frame) for frame in frames]
    used = distinct(packed)
    if len(used) > MOST_COLOURS:
        packed = [coarsen(frame) for frame in packed]
        used = distinct(packed)

    limit = max(GIF_BYTES, BYTES_PER_FRAME * len(frames))
    for colours in COLOURS:
        palette = choose_palette(packed, used, colours)
        data = write(indices(packed, used, palette), palette, milliseconds)
        if len(data) < limit:
            break
    return data


def pack(frame: np.ndarray) -> np.ndarray:
    """Returns uint8 [h, w, 3] as 0xRRGGBB in int32 [h, w]."""
    red, green, blue = np.moveaxis(frame.astype(np.int32), -1, 0)
    return (red << 16) | (green << 8) | blue


def coarsen(packed: np.ndarray) -> np.ndarray:
    """Keeps 6 bits of each channel; the upper two stand in for the lower two.

    So at most MOST_COLOURS remain, black and white among them.
    """
    return (packed & 0xFCFCFC) | ((packed >> 6) & 0x030303)


def unpack(colours: np.ndarray) -> np.ndarray:
    """Returns 0xRRGGBB in [...] as uint8 [..., 3]."""
    return (colours[..., np.newaxis] >> np.array([16, 8, 0])).astype(np.uint8)


def distinct(packed: Sequence[np.ndarray]) -> np.ndarray:
    """Returns all colours of frames, ascending; memory does not grow with them."""
    present = np.zeros(1 << 24, bool)  # by 0xRRGGBB
    for frame in packed:
        present[frame] = True
    return np.flatnonzero(present)


def choose_palette(
    packed: Sequence[np.ndarray], used: np.ndarray, colours: int
) -> np.ndarray:
    """Returns at most `colours` colours, uint8 [n, 3]: all in use, or the best ones.

    The first is exactly the top left pixel's: the background is not tinted.
    """
    if len(used) <= colours:
        return unpack(used)
    pixels = np.concatenate([frame.ravel() for frame in packed])
    samples = unpack(pixels[:: len(pixels) // PALETTE_PIXELS + 1])  # [n, 3]
    image = Image.fromarray(samples[np.newaxis]).quantize(colours - 1)
    palette = np.array(image.getpalette(), np.uint8).reshape(-1, 3)[: colours - 1]
    for _ in range(REFINEMENTS):
        palette = refine(palette, samples)
    return np.concatenate([unpack(packed[0][:1, 0]), palette])


def refine(palette: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Moves each colour to the mean of the samples nearest to it (k-means)."""
    owner = nearest(samples, palette)
    count = np.bincount(owner, minlength=len(palette))
    sums = [np.bincount(owner, channel, len(palette)) for channel in samples.T]
    means = np.stack(sums, axis=1) / np.maximum(count, 1)[:, np.newaxis]
    return np.where(count[:, np.newaxis] > 0, np.rint(means), palette).astype(np.uint8)


def nearest(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Returns the palette's entry that is nearest to each of [..., 3]: uint8 [...]."""
    entries = palette.astype(np.float32)
    # |c - p|^2 without |c|^2, which is the same for every p.
    distance = np.sum(entries**2, axis=1) - 2 * np.float32(colours) @ entries.T
    return np.argmin(distance, axis=-1).astype(np.uint8)


def indices(
    packed: Sequence[np.ndarray], used: np.ndarray, palette: np.ndarray
) -> np.ndarray:
    """Returns each pixel's nearest entry of the palette: uint8 [frames, h, w]."""
    table = np.zeros(1 << 24, np.uint8)
    for start in range(0, len(used), CHUNK):
        chunk = used[start : start + CHUNK]
        table[chunk] = nearest(unpack(chunk), palette)
    return np.stack([table[frame] for frame in packed])


def write(
    frames: np.ndarray, palette: np.ndarray, milliseconds: Sequence[int]
) -> bytes:
    """Encodes uint8 [frames, h, w] indices, without loss, under one global palette."""
    return imageio.v3.imwrite(
        "<bytes>",
        frames,
        extension=".gif",
        plugin="pillow",
        is_batch=True,
        save_all=True,  # or else a lone frame's list of durations is refused
        palette=palette.tobytes(),
        duration=list(milliseconds),
        loop=0,
        interlace=0,
    )
