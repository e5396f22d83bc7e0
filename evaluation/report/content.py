"""What a report page is made of; the reader's words and numbers come formatted."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Table(NamedTuple):
    """Rows under heads; the first column has the rows' names."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]  # each as long as heads
    notes: Sequence[str] = ()


class Curve(NamedTuple):
    """One number over the steps: its mean, lowest and highest of all seeds.

    Steps ascend. Where a number is not finite, the curve has a gap.
    """

    label: str
    steps: Sequence[int]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


class Mark(NamedTuple):
    """A step at which something happened, and what."""

    step: int
    cause: str


class Panel(NamedTuple):
    """Curves on the same axes; a label has one look in all panels of a page."""

    title: str
    curves: Sequence[Curve]
    marks: Sequence[Mark] = ()


class Track(NamedTuple):
    """The same latents drawn at several steps: a PNG at each, of one size."""

    title: str
    steps: Sequence[int]  # ascending
    frames: Sequence[bytes]
    alt: str


class Picture(NamedTuple):
    """A PNG or a GIF, and what it shows in words."""

    title: str
    data: bytes
    alt: str


class Page(NamedTuple):
    """A run, or a study of many models and seeds; empty parts are left out."""

    title: str
    lines: Sequence[str]  # what this is, in plain words
    tables: Sequence[Table] = ()
    panels: Sequence[Panel] = ()
    tracks: Sequence[Track] = ()
    walks: Sequence[Picture] = ()
    neighbours: Sequence[Picture] = ()
    certificates: Sequence[tuple[str, Mapping[str, object]]] = ()
    commands: Sequence[str] = ()
