"""The content of a report page: words and numbers formatted for its reader."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluation.pictures.line_plots import Curve, Mark, Panel

__all__ = ["Curve", "Mark", "Page", "Panel", "Picture", "Table", "Track"]


class Table(NamedTuple):
    """Rows under heads; the first column has the rows' names."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]  # each as long as heads
    notes: Sequence[str] = ()
    is_folded: bool = False  # lies below "more numbers", of the table before


class Track(NamedTuple):
    """The same latents drawn at several steps: a PNG at each, of one size."""

    title: str
    steps: Sequence[int]  # ascending
    frames: Sequence[bytes]
    alt: str
    column: str = ""  # the model or the run
    row: str = ""  # the seed


class Picture(NamedTuple):
    """A PNG or a GIF, and its description in words."""

    title: str
    data: bytes
    alt: str


class Page(NamedTuple):
    """A run, or a study of many models and seeds; empty parts are left out."""

    title: str
    lines: Sequence[str]  # what this is, in plain words
    tables: Sequence[Table] = ()
    panels: Sequence[Panel] = ()  # a label has one look in all of them
    labels: Sequence[str] = ()  # the first ones in the panels' legend
    tracks: Sequence[Track] = ()
    walks: Sequence[Picture] = ()
    neighbours: Sequence[Picture] = ()
    certificates: Sequence[tuple[str, Mapping[str, object]]] = ()
    commands: Sequence[str] = ()
