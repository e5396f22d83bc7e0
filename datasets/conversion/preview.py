"""A picture of a dataset's first examples as they are stored, with their labels."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from datasets import splits
from datasets.info import Info

PREVIEW = "preview.png"
SHOWN = 64
COLUMNS = 8
CELL = 96  # pixels of a cell's width, at least
LARGEST = 192  # an example is shown smaller above this
TEXT = 16  # pixels of a line of text
GAP = 6


@dataclass(frozen=True)
class Example:
    """An example as it is stored."""

    images: list[np.ndarray]  # uint8 [H, W, C], or one of float32 [1, 1, 2]
    caption: str


def write(info: Info) -> None:
    """Writes the picture beside the shards."""
    parts = [part for part in info.parts if part in splits.TRAINING_PARTS] or info.parts
    each = SHOWN // max(len(parts), 1)
    examples = [e for part in parts for e in first(info.part(part), each)]
    title = f"{info.dataset}: the first {len(examples)} of {info.count:,} examples"
    draw = plane if info.dtype == "float32" else grid
    draw(examples, title).save(info.directory / PREVIEW)


def first(part: Info, count: int) -> Iterator[Example]:
    """Yields the first examples of a part."""
    return itertools.islice(stored(part), count)


def stored(part: Info) -> Iterator[Example]:
    """Yields the examples of a part in the order of its shards."""
    layout = part.layout
    for shard in part.shards:
        with (part.directory / shard.name).open("rb") as file:
            for _ in range(shard.count):
                record = file.read(layout.stride)
                values = {
                    key: record[start : start + length]
                    for key, (start, length) in layout.spans.items()
                }
                images = [
                    np.frombuffer(values[key], part.dtype).reshape(part.shape)
                    for key in part.images
                ]
                yield Example(images, caption(part, values))


def caption(part: Info, values: dict[str, bytes]) -> str:
    """Returns the name of an example's class, else the part if that is a domain."""
    if "label" not in values:
        return part.parts[0] if part.parts[0] in splits.DOMAIN_PARTS else ""
    groups = enumerate(values["label"])
    return part.classes[sum((group & 0x7F) << (7 * i) for i, group in groups)]


def picture(image: np.ndarray) -> Image.Image:
    """Returns an image in RGB, enlarged or reduced to the size of a cell."""
    shown = Image.fromarray(image.squeeze()).convert("RGB")
    if max(shown.size) > LARGEST:
        shown.thumbnail((LARGEST, LARGEST))
    factor = max(1, CELL // max(shown.size))
    size = (shown.width * factor, shown.height * factor)
    return shown.resize(size, Image.Resampling.NEAREST)


def grid(examples: list[Example], title: str) -> Image.Image:
    """Draws images in rows, each with its caption below."""
    cells = [[picture(image) for image in example.images] for example in examples]
    width = max((sum(image.width for image in cell) for cell in cells), default=CELL)
    height = max((cell[0].height for cell in cells), default=CELL)
    step_x, step_y = max(width, CELL) + GAP, height + TEXT + GAP
    rows = -(-len(cells) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * step_x, rows * step_y + TEXT + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    draw.text((GAP, 2), title, "black", font)

    for i, (cell, example) in enumerate(zip(cells, examples, strict=True)):
        x, y = i % COLUMNS * step_x, i // COLUMNS * step_y + TEXT + GAP
        draw.text((x, y + height), example.caption[: CELL // 6], "black", font)
        for image in cell:
            sheet.paste(image, (x, y))
            x += image.width
    return sheet


def plane(examples: list[Example], title: str) -> Image.Image:
    """Draws points of [-1, 1] squared, each with its caption beside."""
    side = COLUMNS * CELL
    sheet = Image.new("RGB", (side, side + TEXT + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    draw.text((GAP, 2), title, "black", font)

    for example in examples:
        x, y = (example.images[0].reshape(2) / 2 + 0.5) * side
        draw.circle((x, y + TEXT), 3, "black")
        draw.text((x + GAP, y + GAP), example.caption, "black", font)
    return sheet
