"""info.json, which describes a converted dataset. A folder without it is not one."""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from common import files, forms
from common.errors import UserError
from datasets import origin, paths, splits, tfrecord
from datasets.contents import Contents

MAX_SIDE = 1024  # pixels
FileName = Annotated[
    str, forms.Pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,250}", "the name of a file")
]
Side = Annotated[int, forms.Range(1, MAX_SIDE)]
Channels = Annotated[int, forms.Range(1, 3)]
CRC = Annotated[int, forms.Range(0, 2**32 - 1)]
Part = Annotated[
    str, forms.Pattern("|".join(splits.PARTS), f"one of {', '.join(splits.PARTS)}")
]
ImageKey = Annotated[str, forms.Pattern("image|source|target", "the key of an image")]
Type = Annotated[str, forms.Pattern("uint8|float32", "uint8 or float32")]
Coordinate = Annotated[float, forms.Range(-1, 1)]


@dataclass(frozen=True)
class Gaussians:
    """The modes of points."""

    centres: list[tuple[Coordinate, Coordinate]]
    deviation: Annotated[float, forms.Range(0, 1)]


@dataclass(frozen=True)
class Stacks:
    """The modes of stacked digits."""

    stacked: Literal[3]


class Modes:
    """A bound: what a truth is if there is one."""

    words = "of Gaussians or stacked digits"

    def fits(self, truth: dict[str, Any]) -> bool:
        """Returns True; a ValueError names the key that is wrong."""
        if truth:
            forms.check(truth, Stacks if "stacked" in truth else Gaussians, "truth")
        return True


Truth = Annotated[dict[str, Any], Modes()]


@dataclass(frozen=True)
class Shard:
    """One TFRecord file."""

    name: FileName
    count: forms.Count
    crc32c: CRC
    part: Part = "train"


@dataclass(frozen=True)
class InfoFile:
    """The content of info.json: the examples' form, their origin and their files."""

    dataset: FileName
    split: str
    count: forms.Count  # of training examples
    skipped: forms.Count
    shape: tuple[Side, Side, Channels]  # height, width, channels; (1, 1, 2) of points
    dtype: Type = field(default="uint8", kw_only=True)
    # The modes that a model should find: of Gaussians {"centres": [[x, y], ...],
    # "deviation": s}, of stacked digits {"stacked": number of digits}, else empty.
    truth: Truth = field(default_factory=dict, kw_only=True)
    # The keys of a record's images: pairs have source (left, A) and target (right, B).
    images: tuple[ImageKey, ...] = field(default=("image",), kw_only=True)
    classes: tuple[str, ...]  # empty: no labels
    attributes: tuple[str, ...]
    crop: str
    resize: str
    seed: int
    source: str  # fingerprint of the raw files
    licence: str
    shards: tuple[Shard, ...]
    # The raw files that it was made of; older files do not say.
    raw: origin.Census | None = field(default=None, kw_only=True)
    contents: Contents | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Info(InfoFile):
    """A converted dataset."""

    directory: Path = Path()  # where it was loaded from; not in the file

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the training examples, their shape and their order."""
        training = [s for s in self.shards if s.part in splits.TRAINING_PARTS]
        rows = [
            [s.count, s.crc32c] + ([] if s.part == "train" else [s.part])
            for s in training or self.shards
        ]
        content = [list(self.shape), rows]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that have examples, such as train and test."""
        return tuple(dict.fromkeys(s.part for s in self.shards if s.count))

    def part(self, name: str) -> "Info":
        """Returns the dataset narrowed to one part; UserError if it has none of it."""
        if name not in self.parts:
            raise UserError(
                f"{self.dataset} has no part {name!r}: it has {', '.join(self.parts)}"
            )
        shards = tuple(shard for shard in self.shards if shard.part == name)
        count = sum(shard.count for shard in shards)
        return dataclasses.replace(self, count=count, shards=shards)

    @property
    def held_out(self) -> str | None:
        """The split that is not for training: test, else val, else None.

        An unpaired dataset has a split if it has both of its parts, testA and testB.
        """
        return splits.held_out(self.parts)

    @property
    def kind(self) -> str:
        """`single`, `paired` or `unpaired`; a part of an unpaired dataset is single."""
        if {"trainA", "trainB"} <= set(self.parts):
            return "unpaired"
        return "paired" if "source" in self.images else "single"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a batch can have; `a` and `b` are the domains, not matched."""
        features = tuple(self.layout.spans)
        domains = {"single": features, "paired": (*features, "a", "b")}
        return domains.get(self.kind, ("a", "b"))

    @property
    def layout(self) -> tfrecord.RecordLayout:
        """The layout of the examples' records."""
        image_bytes = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        return tfrecord.RecordLayout(
            image_bytes, len(self.classes), len(self.attributes), self.images
        )

    def save(self) -> None:
        """Writes info.json, which appears by rename, into the directory."""
        content = dataclasses.asdict(self)
        del content["directory"]
        text = json.dumps(content, indent=1) + "\n"
        files.write(self.directory / paths.INFO, text)

    @classmethod
    def load(cls, directory: Path) -> "Info":
        """Reads a directory's info.json.

        Raises:
            UserError: it is missing, damaged or of another form, or does not fit the
                sizes of the shards.
        """
        path = directory / paths.INFO
        command = f"run `python convert.py {directory.parent.name}"
        if not path.is_file():
            raise UserError(
                f"{directory} is no converted dataset (no {paths.INFO}): {command}`"
            )

        content = forms.read(path, InfoFile, f"{command} --renew`")
        content.pop("directory", None)  # no key of the file
        info = dataclasses.replace(forms.build(cls, content), directory=directory)
        info.check_sizes(f"{command} --renew`")
        return info

    def check_sizes(self, remedy: str) -> None:
        """Raises UserError for counts that do not add up, or fit no shard's size."""
        total = sum(s.count for s in self.shards if s.part in splits.TRAINING_PARTS)
        path = self.directory / paths.INFO
        if self.count != total:
            raise UserError(
                f"{path} is damaged (count is {self.count:,}, and {total:,} in the "
                f"shards): {remedy}"
            )

        for shard in self.shards:
            file = self.directory / shard.name
            expected = shard.count * self.layout.stride
            size = file.stat().st_size if file.is_file() else expected
            if size != expected:
                raise UserError(
                    f"{file} has {size:,} bytes where {paths.INFO} means {expected:,} "
                    f"({shard.count:,} examples of {list(self.shape)}): {remedy}"
                )
