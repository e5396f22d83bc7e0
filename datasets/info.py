"""info.json, which describes a converted dataset. A folder without it is not one."""

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
    # The modes that a model should find: of Gaussians {"centres": [[x, y], ...],
    # "deviation": s}, of stacked digits {"stacked": number of digits}, else empty.
    truth: dict[str, Any] = field(default_factory=dict, kw_only=True)
    # The keys of a record's images: pairs have source (left, A) and target (right, B).
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
        """Reads a directory's info.json; UserError if it is missing or damaged."""
        path = directory / paths.INFO
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls.from_json(content, directory)
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
    def from_json(cls, content: dict[str, Any], directory: Path) -> "Info":
        """Returns the Info of a parsed info.json, in which tuples are lists."""
        shards = tuple(Shard(**shard) for shard in content.pop("shards"))
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in content.items()
        }
        return cls(**values, shards=shards, directory=directory)
