"""Files that are damaged, and the commands that read them."""

from __future__ import annotations

import dataclasses
import pathlib
import random
import zlib
from collections.abc import Callable

import checks
import damage
import fixtures
import raw_sources
import trials
import verdicts
from fixtures import Workshop
from trials import Broken, Case, Place, check_answered

CAMPAIGN = "corruption"


@dataclasses.dataclass(frozen=True)
class Reader:
    """A command that reads files, and whether what it makes is right."""

    name: str
    command: tuple[str, ...]
    check: checks.Check


RESUME = Reader(
    "train", ("train.py", *fixtures.train("gan", fixtures.LONGER)),
    checks.same_run("longer gan", logs=False),
)  # fmt: skip
ANEW = Reader(
    "train anew", ("train.py", *fixtures.train("gan", name="new")),
    checks.same_run("run gan", "new", logs=False),
)  # fmt: skip
EVAL = Reader(
    "eval", ("eval.py", "--name=run", *fixtures.MEASURE),
    checks.same_numbers("measured gan"),
)  # fmt: skip
EXPORT = Reader("export", ("eval.py", "--name=run", "--export=out"), checks.nothing)
NEIGHBOURS = Reader(
    "neighbours", ("eval.py", "--name=run", "--neighbours", "--sample_size=2"),
    checks.nothing,
)  # fmt: skip
CONVERT = Reader("convert", ("convert.py", "digits", "--image_size=28"), checks.nothing)
RENEW = Reader(
    "convert anew",
    (*CONVERT.command, "--renew"),
    checks.same_data("digits", "data/digits/28px"),
)
STUDY = Reader("study", ("train.py", *fixtures.STUDY), checks.same_study_weights)
STUDY_EVAL = Reader(
    "eval of a study", ("eval.py", "--name=study"),
    checks.same_numbers("study_measured", "study"),
)  # fmt: skip
NEWEST = f"{fixtures.STEPS:08d}"


@dataclasses.dataclass(frozen=True)
class Target:
    """A file that the suite has written, and the commands that read it."""

    name: str
    pattern: str  # of the file in the place; of several one is drawn
    kind: str  # how it is damaged: a key of damage.KINDS
    made: str  # what the trial begins with
    other: str  # where another file of the kind is taken from
    readers: tuple[Reader, ...]
    forgotten: str = ""  # a folder that is removed, so that it is made anew


CHECKPOINT = f"summary/run/checkpoints/{NEWEST}"
RUN_FILES = {
    "config.json": ("summary/run/config.json", "json"),
    "metrics.jsonl": ("summary/run/metrics.jsonl", "json lines"),
    "event file": ("summary/run/events*", "bytes"),
    "identity.json": (f"{CHECKPOINT}/identity.json", "json"),
    "state.index": (f"{CHECKPOINT}/state.index", "bytes"),
    "state.data": (f"{CHECKPOINT}/state.data*", "bytes"),
    "samples.npy": (f"{CHECKPOINT}/samples.npy", "array"),
}
DATA_FILES = {
    "info.json": ("data/digits/28px/info.json", "json"),
    "shard": ("data/digits/28px/*.tfrecord", "shard"),
}
CACHES = {
    "classifier": ("data/digits/28px/classifier.npz", "arrays"),
    "features": ("data/digits/28px/classifier-*.npz", "arrays"),
}
STUDY_FILES = {
    "protocol.json": ("summary/study/protocol.json", "json"),
    "config.json of a study": ("summary/study/*/config.json", "json"),
    "metrics.jsonl of a study": ("summary/study/*/metrics.jsonl", "json lines"),
}


def targets() -> list[Target]:
    """Returns every kind of file that the suite writes and reads."""
    found = [
        Target(name, pattern, kind, "measured gan", "run wgan", readers, "assets")
        for files, readers in (
            (RUN_FILES, (RESUME, EVAL, EXPORT)),
            (DATA_FILES, (ANEW, EVAL, CONVERT, RENEW, NEIGHBOURS)),
            (CACHES, (EVAL, NEIGHBOURS)),
        )
        for name, (pattern, kind) in files.items()
    ]
    found += [
        Target(name, pattern, kind, "study_measured", "study", readers, "assets")
        for name, (pattern, kind) in STUDY_FILES.items()
        for readers in ((STUDY, STUDY_EVAL),)
    ]
    numbers = dataclasses.replace(EVAL, check=checks.nothing)
    found.append(
        Target("metrics.json", "assets/run/metrics.json", "json", "measured gan",
               "study_measured", (numbers, EXPORT))
    )  # fmt: skip
    numbers = dataclasses.replace(STUDY_EVAL, check=checks.nothing)
    found.append(
        Target("metrics.json of a study", "assets/study/metrics.json", "json",
               "study_measured", "measured gan", (numbers,))
    )  # fmt: skip
    for name, pattern, kind in (
        ("digits.csv.gz", "data/digits/raw/digits.csv.gz", "bytes"),
        ("origin.json", "data/digits/raw/origin.json", "json"),
    ):
        renew = dataclasses.replace(RENEW, check=checks.nothing)
        found.append(Target(name, pattern, kind, "digits", "ring8", (renew,)))
    ring = Reader("convert", ("convert.py", "ring8", "--renew"), checks.nothing)
    found.append(
        Target("ring8.npy", "data/ring8/raw/ring8.npy", "array", "ring8", "digits",
               (ring,))
    )  # fmt: skip
    return found


def drawn(root: pathlib.Path, pattern: str, rng: random.Random) -> pathlib.Path:
    """Returns one of the files that a pattern names."""
    return rng.choice(sorted(root.glob(pattern)))


def others(root: pathlib.Path, pattern: str) -> bytes:
    """Returns the content of another file of the same kind, or of any file."""
    name = pattern.rpartition("/")[2]
    files = sorted(root.rglob(name)) or sorted(root.rglob("*.json"))
    return next((file.read_bytes() for file in files if file.is_file()), b"")


def damage_of(case: str, kind: str, seed: int) -> str:
    """Returns the damage of a trial: with successive seeds each comes in turn."""
    names = damage.names(kind)
    return names[(seed + zlib.crc32(case.encode())) % len(names)]


def damaged(workshop: Workshop, target: Target, reader: Reader) -> Callable:
    """Returns a trial: a file is damaged, then read."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        name = damage_of(f"{target.name} {reader.name}", target.kind, seed)
        place.take(workshop.get(target.made))
        if target.forgotten:
            trials.remove(place.root / target.forgotten)
        file = drawn(place.root, target.pattern, rng)
        other = others(workshop.get(target.other), target.pattern)
        damage.do(file, target.kind, name, other, rng)
        place.note(f"{file.relative_to(place.root)}: {name}")
        read_and_check(place, workshop, reader, str(file.relative_to(place.root)))

    return trial


def read_and_check(place: Place, workshop: Workshop, reader: Reader, file: str) -> None:
    """Runs a command: right results or a refusal, and nothing of the user's is lost."""
    before = place.files()
    result = place.run(*reader.command)
    right = check_answered(result)
    if right:
        reader.check(place, workshop)
        verdicts.check_no_leftovers(place.root)
    after = place.files()
    touched = {file} if right else set()
    verdicts.check_kept(
        {p: c for p, c in before.items() if p not in touched}, after, result.code or 0
    )


def damaged_source(workshop: Workshop, form: str) -> Callable:
    """Returns a trial: raw files are damaged before download.py, or after it."""
    described = raw_sources.FORMS[form]

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        name = damage_of(form, described.kind, seed)
        place.take(workshop.get(f"source {form}"))
        file = drawn(place.root / "source", described.damaged, rng)
        other = others(workshop.get("source png"), described.damaged)
        damage.do(file, described.kind, name, other, rng)
        place.note(f"{file.relative_to(place.root)}: {name}")
        source = f"--source={described.source}"
        if not check_answered(place.run("download.py", *described.download, source)):
            if (place.root / "data").exists() and verdicts.visible(place.root / "data"):
                raise Broken("a download that was refused leaves files")
            return
        if check_answered(place.run("convert.py", described.name)):
            (info,) = (place.root / "data").glob("*/*px/info.json")
            verdicts.check_examples(info.parent)
        verdicts.check_no_leftovers(place.root / "data")

    return trial


def damaged_raw(workshop: Workshop, form: str) -> Callable:
    """Returns a trial: files below raw/ are damaged, then converted."""
    described = raw_sources.FORMS[form]

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get(f"converted {form}"), "data")
        (raw,) = (place.root / "data").glob("*/raw")
        files = [
            p for p in sorted(raw.rglob("*")) if p.is_file() and p.name != "origin.json"
        ]
        file = rng.choice(files)
        kind = described.kind if described.kind not in ("tar", "zip") else "bytes"
        name = damage_of(f"{form} raw", kind, seed)
        other = others(workshop.get("source png"), "*.png")
        damage.do(file, kind, name, other, rng)
        place.note(f"{file.relative_to(place.root)}: {name}")
        before = place.files()
        if check_answered(place.run("convert.py", described.name, "--renew")):
            (info,) = (place.root / "data").glob("*/*px/info.json")
            verdicts.check_examples(info.parent)
            verdicts.check_no_leftovers(place.root / "data")
        else:
            verdicts.check_kept(before, place.files(), 2)

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns every file with every command that reads it."""
    return [
        *(
            Case(CAMPAIGN, target.name, f"corruption: {target.name}, {reader.name}",
                 damaged(workshop, target, reader))
            for target in targets()
            for reader in target.readers
        ),
        *(
            Case(CAMPAIGN, f"raw files, {form}", f"corruption: {form}, {moment}",
                 make(workshop, form))
            for form in raw_sources.FORMS
            for moment, make in (("source", damaged_source), ("raw", damaged_raw))
        ),
    ]  # fmt: skip
