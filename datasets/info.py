"""info.json: what a converted dataset is. A directory without it is no dataset."""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from common import files
from common.errors import UserError
from datasets import paths, splits, tfrecord


@dataclass(frozen=True)
class Shard:
    """One TFRecord file."""

    name: str
    count: int
    crc32c: int
    part: str = "train"


@dataclass(frozen=True)
class Info:
    """A converted dataset: its examples' form, its origin and its files."""

    dataset: str
    split: str
    count: int  # of training examples
    skipped: int
    shape: tuple[int, int, int]  # height, width, channels; (1, 1, 2) of points
    dtype: str = field(default="uint8", kw_only=True)
    # Of Gaussians {"centres": [[x, y], ...], "deviation": s}, of digits that spell a
    # number {"stacked": how many}: what a model should find. Otherwise empty.
    truth: dict[str, Any] = field(default_factory=dict, kw_only=True)
    # What a record has images of: pairs have source (left, A) and target (right, B).
    images: tuple[str, ...] = field(default=("image",), kw_only=True)
    classes: tuple[str, ...]  # empty: no labels
    attributes: tuple[str, ...]
    crop: str
    resize: str
    seed: int
    source: str  # fingerprint of the raw files
    licence: str
    shards: tuple[Shard, ...]
    directory: Path = Path()  # where it was loaded from; not in the file

    @property
    def fingerprint(self) -> str:
        """A digest of the training examples, their form and their order."""
        training = [s for s in self.shards if s.part in splits.TRAINING]
        rows = [
            [s.count, s.crc32c] + ([] if s.part == "train" else [s.part])
            for s in training or self.shards
        ]
        content = [list(self.shape), rows]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def parts(self) -> tuple[str, ...]:
        """What the examples are divided into, such as train and test."""
        return tuple(dict.fromkeys(s.part for s in self.shards if s.count))

    def part(self, name: str) -> "Info":
        """The same dataset, narrowed to one part; UserError if it has no such part."""
        if name not in self.parts:
            raise UserError(
                f"{self.dataset} has no part {name!r}: it has {', '.join(self.parts)}"
            )
        shards = tuple(shard for shard in self.shards if shard.part == name)
        count = sum(shard.count for shard in shards)
        return dataclasses.replace(self, count=count, shards=shards)

    @property
    def held_out(self) -> str | None:
        """The part that is not for training: test, else val, else None.

        Of an unpaired set that is `test` where it has testA and testB, and so on.
        """
        return splits.held_out(self.parts)

    @property
    def kind(self) -> str:
        """`single`, `paired` or `unpaired`; one side of an unpaired set is single."""
        if {"trainA", "trainB"} <= set(self.parts):
            return "unpaired"
        return "paired" if "source" in self.images else "single"

    @property
    def keys(self) -> tuple[str, ...]:
        """What a batch can carry: `a` and `b` are the sides, not matched."""
        features = tuple(self.layout.spans)
        domains = {"single": features, "paired": (*features, "a", "b")}
        return domains.get(self.kind, ("a", "b"))

    @property
    def layout(self) -> tfrecord.Layout:
        """The form of the examples' records."""
        image_bytes = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        return tfrecord.Layout(
            image_bytes, len(self.classes), len(self.attributes), self.images
        )

    def save(self) -> None:
        """Writes info.json into the directory; it appears by rename."""
        content = dataclasses.asdict(self)
        del content["directory"]
        text = json.dumps(content, indent=1) + "\n"
        files.write(self.directory / paths.INFO, text)

    @classmethod
    def load(cls, directory: Path) -> "Info":
        """Reads info.json; UserError where there is none, or a damaged one."""
        path = directory / paths.INFO
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls.parsed(content, directory)
        except FileNotFoundError as error:
            raise UserError(
                f"{directory} is no converted dataset (no {paths.INFO}): run "
                f"`python convert.py {directory.parent.name}`"
            ) from error
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"{path} is not readable ({error}): run "
                f"`python convert.py {directory.parent.name} --renew`"
            ) from error

    @classmethod
    def parsed(cls, content: dict[str, Any], directory: Path) -> "Info":
        """Returns an Info of what json gives back, where tuples are lists."""
        shards = tuple(Shard(**shard) for shard in content.pop("shards"))
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in content.items()
        }
        return cls(**values, shards=shards, directory=directory)
