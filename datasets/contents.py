"""What a dataset has and what was not taken: kept in info.json, printed by scripts."""

import collections
import contextlib
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from common import forms
from datasets.images import decoding
from datasets.sources import raw_items, selection

LISTED = 10  # classes or attributes that are printed
PROBED = 1000  # images that are opened for their sizes before a conversion
WIDTH = 88

Counts = dict[str, forms.Count]
Pixels = tuple[forms.Count, forms.Count]  # width and height


@dataclass(frozen=True)
class Sizes:
    """Sizes of images as width and height; the median is that by number of pixels."""

    smallest: Pixels
    median: Pixels
    largest: Pixels
    of: forms.Count  # images


@dataclass(frozen=True)
class Contents:
    """What a dataset has and what was not taken, in all of its parts."""

    images: forms.Count
    classes: Counts = field(default_factory=dict)
    attributes: Counts = field(default_factory=dict)  # images that have each
    parts: Counts = field(default_factory=dict)
    sizes: Sizes | None = None
    converted: Counts = field(default_factory=dict)  # colours, by kind
    left: dict[str, Counts] = field(default_factory=dict)  # reason -> suffix -> count
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yields the lines of a short table."""
        rows = {
            "classes": listed(self.classes),
            "attributes": listed(self.attributes),
            "parts": listed(self.parts) if len(self.parts) > 1 else "",
            "sizes": self.sizes_in_words(),
            "converted": listed(self.converted),
            "not taken": "; ".join(
                f"{reason}: {', '.join(f'{n:,} {suffix}' for suffix, n in by.items())}"
                for reason, by in self.left.items()
            ),
            "note": "; ".join(self.notes),
        }
        yield row("images", f"{self.images:,}")
        for name, text in rows.items():
            if text:
                yield row(name, text)

    def sizes_in_words(self) -> str:
        """Returns the smallest, the median and the largest size; empty without."""
        if not self.sizes:
            return ""
        named = {"smallest": self.sizes.smallest, "median": self.sizes.median,
                 "largest": self.sizes.largest}  # fmt: skip
        text = ", ".join(f"{name} {w}x{h}" for name, (w, h) in named.items())
        probed = f" (of {self.sizes.of:,} of them)" * (self.sizes.of < self.images)
        return text + probed


def row(name: str, text: str) -> str:
    """Returns a line of the table."""
    return textwrap.fill(
        f"  {name:<11} {text}", WIDTH, subsequent_indent=" " * 14,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def listed(counts: Mapping[str, int]) -> str:
    """Returns names with their counts, the first of many; empty if there are none."""
    if not counts:
        return ""
    first = list(counts.items())[:LISTED]
    text = ", ".join(f"{name} {count:,}" for name, count in first)
    more = f" and {len(counts) - LISTED:,} more" if len(counts) > LISTED else ""
    return f"{len(counts):,}: {text}{more}"


def of_items(
    items: raw_items.RawItems,
    left: Mapping[str, Mapping[str, int]],
    skipped: Iterable[str] = (),
    sizes: Mapping[tuple[int, int], int] | None = None,
    converted: Mapping[str, int] | None = None,
) -> Contents:
    """Returns the contents of raw items.

    Args:
        items: the raw items of all parts.
        left: what was not taken when they were copied.
        skipped: keys of those that are unusable.
        sizes: how many images have each width and height.
        converted: how many have colours that were converted, by kind.
    """
    unusable = set(skipped)
    usable = np.array([key not in unusable for key in items.keys], bool)
    return Contents(
        images=int(usable.sum()),
        classes=class_counts(items, usable),
        attributes=attribute_counts(items, usable),
        parts={part: int(usable[at].sum()) for part, at in items.parts.items()},
        sizes=summary(sizes or {}),
        converted=dict(converted or {}),
        left=selection.Leftovers.of(left).together(items.left).as_json(),
        notes=items.notes,
    )


def class_counts(items: raw_items.RawItems, usable: np.ndarray) -> Counts:
    """Returns the number of usable images of each class."""
    if items.labels is None:
        return {}
    counts = np.bincount(items.labels[usable], minlength=len(items.classes))
    return dict(zip(items.classes, counts.tolist(), strict=True))


def attribute_counts(items: raw_items.RawItems, usable: np.ndarray) -> Counts:
    """Returns the number of usable images that have each attribute."""
    if items.attributes is None:
        return {}
    counts = items.attributes[usable].sum(0, dtype=np.int64)
    return dict(zip(items.attribute_names, counts.tolist(), strict=True))


def summary(sizes: Mapping[tuple[int, int], int]) -> Sizes | None:
    """Returns the smallest, the median and the largest of sizes with their counts."""
    if not sizes:
        return None
    ordered = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    ends = np.cumsum([sizes[size] for size in ordered])
    middle = int(np.searchsorted(ends, (ends[-1] + 1) // 2))
    return Sizes(ordered[0], ordered[middle], ordered[-1], int(ends[-1]))


def of_raw(
    items: raw_items.RawItems, left: Mapping[str, Mapping[str, int]]
) -> Contents:
    """Returns the contents before a conversion, with the sizes of some images."""
    return of_items(items, left, sizes=probed(items))


def probed(items: raw_items.RawItems) -> Mapping[tuple[int, int], int]:
    """Returns the number of images of each size, of some that are spread over all."""
    sizes: collections.Counter[tuple[int, int]] = collections.Counter()
    step = -(-len(items) // PROBED)
    positions: Sequence[int] = range(0, len(items), max(step, 1))
    with items.store.reader() as read:
        for position in positions:
            with contextlib.suppress(decoding.UnusableError):
                if size := items.store.size(read(position)):
                    sizes[size] += 1
    return sizes
