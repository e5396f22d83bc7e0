"""protocol.json: what a study compares, written before anything is trained."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from common import files, forms
from common.errors import UserError
from common.forms import Count, Name, Range
from training import config_changes, run_files, runs

FILE = "protocol.json"
# What may differ when a study goes on: how it is watched, and where it is computed.
FREE = ("watch", "command", "hash", "sample_seed")
LOOKS = "watch.sample_step"  # but not when the watchdog looks


Statistics = Literal["moving", "batch", "standing"]


@dataclasses.dataclass(frozen=True)
class Member:
    """One run of a study: an entry (a model or a recipe) under one seed."""

    entry: str
    seed: int

    @property
    def name(self) -> str:
        """The run's folder in that of the study."""
        return f"{self.entry}-seed{self.seed}"


@dataclasses.dataclass
class Data:
    """The form of `dataset`: what all runs are trained on."""

    name: Name
    image_shape: run_files.Shape
    count: Count
    fingerprint: str


@dataclasses.dataclass
class Entry:
    """The form of one of the `entries`: a model with all its options, or a recipe."""

    model: Name
    config: run_files.Options
    batch_size: run_files.Batch
    steps: run_files.Steps
    evaluated: list[run_files.Steps]  # the checkpoints that are measured


@dataclasses.dataclass
class MetricFlags:
    """The form of `flags`, those of eval.py that choose metrics."""

    extractor: str
    eval_samples: Annotated[int, Range(1, 10**9)]


@dataclasses.dataclass
class Evaluation:
    """The form of `evaluation`: how the runs are measured."""

    metric: str
    extractor_hash: str
    real_images: Count
    flags: MetricFlags
    statistics: Statistics | None = None  # of batch norm; none: each model's own


@dataclasses.dataclass
class Watch:
    """The form of `watch`: how the runs are watched, and how many at a time."""

    jobs: Count = 1


@dataclasses.dataclass
class ProtocolFile:
    """The form of protocol.json; docs/studies.md shows an example."""

    study: Name
    dataset: Data
    seeds: list[run_files.Seed]
    entries: dict[Name, Entry]
    training: dict[str, str | bool]
    evaluation: Evaluation
    hash: str
    watch: Watch | None = None
    command: str = ""


class Protocol:
    """What is trained and measured; its `hash` says which protocol it is.

    `content` is what the file holds, docs/studies.md shows an example. The seed of the
    latents that are measured and shown follows from the hash: nobody chooses it.
    """

    def __init__(self, content: dict[str, Any]):
        self.content = content
        self.name: str = content["study"]
        self.entries: dict[str, dict[str, Any]] = content["entries"]
        self.seeds: list[int] = content["seeds"]
        self.evaluation: dict[str, Any] = content["evaluation"]

    @property
    def hash(self) -> str:
        """SHA-256 of all that is fixed."""
        fixed = {key: v for key, v in self.content.items() if key not in FREE}
        text = json.dumps(fixed, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def sample_seed(self) -> int:
        """Of the latents that are measured and shown."""
        return int(self.hash[:8], 16)

    def members(self) -> Iterator[Member]:
        """Yields all runs, seed by seed: cut short, it has all models of some seeds."""
        for seed in self.seeds:
            for entry in self.entries:
                yield Member(entry, seed)

    def save(self, directory: pathlib.Path) -> None:
        """Writes the file, with its hash and the seed that follows from it."""
        derived = {"hash": self.hash, "sample_seed": self.sample_seed}
        text = json.dumps(self.content | derived, indent=1) + "\n"
        files.write(directory / FILE, text)

    def adopt(self, directory: pathlib.Path) -> None:
        """Writes the file, or checks that the study was started with the same one.

        Of `watch.jobs`, how many runs were trained side by side, the most is kept.

        Raises:
            UserError: it was started with another protocol, names what differs; or
                there are runs of which none says what they are.
        """
        if (directory / FILE).exists():
            before = load(directory)
            if differing := config_changes.differences(
                before.content, self.content, may_change
            ):
                raise UserError(
                    f"study {self.name!r} has another protocol: {differing}; a "
                    "protocol never changes: give another --name, or --renew to start "
                    "over"
                )
            watches = [p.content.get("watch", {}) for p in (before, self)]
            most = max(watch.get("jobs", 1) for watch in watches)
            self.content["watch"] = watches[1] | {"jobs": most}
        elif strays := [file.parent.name for file in directory.glob("*/config.json")]:
            raise UserError(
                f"{directory} has runs ({', '.join(sorted(strays))}) but no {FILE} to "
                "say of what: give another --name, or --renew to start over"
            )
        self.save(directory)

    def check(self, member: Member, run: runs.Run) -> None:
        """Raises a UserError if a run is not what the protocol says of a member."""
        entry, config = self.entries[member.entry], run.config
        said = {
            **{key: entry[key] for key in ("model", "config", "batch_size", "steps")},
            **self.content["training"],
            "seed": member.seed,
            "fingerprint": self.content["dataset"]["fingerprint"],
        }
        data = {"fingerprint": config.get("dataset", {}).get("fingerprint")}
        own = {key: (config | data).get(key) for key in said}
        if differing := config_changes.differences(own, said, lambda *_: False):
            raise UserError(
                f"run {run.name!r} is not what the protocol of study {self.name!r} "
                f"says: {differing}; remove {run.directory} to train it again"
            )


def may_change(key: str, before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Returns whether a study goes on although this key differs."""
    return key.partition(".")[0] in FREE and key != LOOKS


def load(directory: pathlib.Path) -> Protocol:
    """Reads the protocol of a study's folder.

    Raises:
        UserError: it is damaged, or was changed after it was written.
    """
    file = directory / FILE
    content = forms.read(file, ProtocolFile, "start the study over with --renew")
    found = Protocol(content)
    if content["hash"] != found.hash:
        raise UserError(
            f"{file} was changed after the study began: its hash is "
            f"{content['hash'][:12]}, its content's is {found.hash[:12]}; undo the "
            "change, or start over with --renew"
        )
    return found


def is_study(directory: pathlib.Path) -> bool:
    """Returns whether a folder is that of a study."""
    return (directory / FILE).is_file()


def studies(summary_dir: pathlib.Path) -> list[str]:
    """Returns the names of the studies in a directory."""
    return [file.parent.name for file in pathlib.Path(summary_dir).glob(f"*/{FILE}")]
