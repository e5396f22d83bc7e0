"""The files that the suite writes, and the commands that read them."""

from __future__ import annotations

import dataclasses

import checks
import fixtures


@dataclasses.dataclass(frozen=True)
class Reader:
    """A command that reads files, and whether what it makes is right."""

    name: str
    command: tuple[str, ...]
    check: checks.Check = checks.nothing


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a trial begins with, and the commands that are run in it."""

    made: str  # what the workshop makes
    other: str  # where another file of the same kind is taken from
    readers: tuple[Reader, ...]
    forgotten: tuple[str, ...] = ()  # patterns of what is removed, to be made anew


@dataclasses.dataclass(frozen=True)
class Target:
    """A kind of file that the suite writes."""

    name: str
    pattern: str  # of the file in the place; of several one is drawn
    kind: str  # how it is damaged: a key of damage.KINDS
    setting: Setting
    every: bool = False  # whether all files of the pattern are damaged, not one


RESUME = Reader(
    "train",
    ("train.py", *fixtures.train("gan", fixtures.LONGER)),
    checks.same_run("longer gan", logs=False),
)
ANEW = Reader(
    "train anew",
    ("train.py", *fixtures.train("gan", name="new"), "--image_size=28"),
    checks.same_run("run gan", "new", logs=False),
)
EVAL = Reader(
    "eval",
    ("eval.py", "--name=run", *fixtures.MEASURE),
    checks.same_numbers("measured gan"),
)
EXPORT = Reader("export", ("eval.py", "--name=run", "--export=out"))
NEIGHBOURS = Reader(
    "neighbours", ("eval.py", "--name=run", "--neighbours", "--sample_size=2")
)
CONVERT = Reader("convert", ("convert.py", "digits", "--image_size=28"))
RENEW = Reader(
    "convert anew",
    (*CONVERT.command, "--renew"),
    checks.same_data("digits", "data/digits/28px"),
)
RING = Reader("convert", ("convert.py", "ring8", "--renew"))
STUDY = Reader("study", ("train.py", *fixtures.STUDY), checks.same_study_weights)
STUDY_EVAL = Reader(
    "eval of a study",
    ("eval.py", "--name=study"),
    checks.same_numbers("study_measured", "study"),
)


def unchecked(reader: Reader) -> Reader:
    """Returns a reader whose results follow from the damaged file: any are right."""
    return dataclasses.replace(reader, check=checks.nothing)


RUN = Setting("measured gan", "run wgan", (RESUME, EVAL, EXPORT), ("assets",))
FEATURES = "data/digits/28px/classifier-*.npz"
DATA = Setting(
    "measured gan",
    "run wgan",
    (ANEW, EVAL, CONVERT, RENEW, NEIGHBOURS),
    ("assets", FEATURES),
)
CACHES = Setting("measured gan", "run wgan", (EVAL, NEIGHBOURS), ("assets",))
STUDIES = Setting("study_measured", "study", (STUDY, STUDY_EVAL), ("assets",))
NUMBERS = Setting("measured gan", "study_measured", (unchecked(EVAL), EXPORT))
STUDY_NUMBERS = Setting("study_measured", "measured gan", (unchecked(STUDY_EVAL),))
RAW = Setting("digits", "ring8", (unchecked(RENEW),))
POINTS = Setting("ring8", "digits", (RING,))

CHECKPOINT = f"summary/run/checkpoints/{fixtures.STEPS:08d}"
SHARDS = "data/digits/28px"
MEMBERS = "summary/study/*"
TARGETS = (
    Target("config.json", "summary/run/config.json", "json", RUN),
    Target("metrics.jsonl", "summary/run/metrics.jsonl", "json lines", RUN),
    Target("event file", "summary/run/*/events*", "bytes", RUN),
    Target("identity.json", f"{CHECKPOINT}/identity.json", "json", RUN),
    Target("state.index", f"{CHECKPOINT}/state.index", "bytes", RUN),
    Target("state.data", f"{CHECKPOINT}/state.data*", "bytes", RUN),
    Target("samples.npy", f"{CHECKPOINT}/samples.npy", "array", RUN),
    Target("info.json", f"{SHARDS}/info.json", "json", DATA),
    Target("shard", f"{SHARDS}/*.tfrecord", "shard", DATA, every=True),
    Target("classifier", f"{SHARDS}/classifier.npz", "arrays", CACHES),
    Target("features", FEATURES, "arrays", CACHES, every=True),
    Target("protocol.json", "summary/study/protocol.json", "json", STUDIES),
    Target("config.json of a study", f"{MEMBERS}/config.json", "json", STUDIES),
    Target(
        "metrics.jsonl of a study", f"{MEMBERS}/metrics.jsonl", "json lines", STUDIES
    ),
    Target("metrics.json", "assets/run/metrics.json", "json", NUMBERS),
    Target(
        "metrics.json of a study", "assets/study/metrics.json", "json", STUDY_NUMBERS
    ),
    Target("digits.csv.gz", "data/digits/raw/digits.csv.gz", "bytes", RAW),
    Target("origin.json", "data/digits/raw/origin.json", "json", RAW),
    Target("ring8.npy", "data/ring8/raw/ring8.npy", "array", POINTS),
)
