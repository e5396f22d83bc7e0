"""Files that are damaged, and the commands that read them."""

from __future__ import annotations

import pathlib
import random
import zlib
from collections.abc import Callable

import damage
import raw_sources
import trials
import verdicts
import written_files
from fixtures import Workshop
from trials import Broken, Case, Place, check_answered

CAMPAIGN = "corruption"


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


def damaged(
    workshop: Workshop, target: written_files.Target, reader: written_files.Reader
) -> Callable:
    """Returns a trial: a file is damaged, then read."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        name = damage_of(f"{target.name} {reader.name}", target.kind, seed)
        place.take(workshop.get(target.setting.made))
        for pattern in target.setting.forgotten:
            for path in place.root.glob(pattern):
                trials.remove(path)

        files = sorted(place.root.glob(target.pattern))
        files = files if target.every else [rng.choice(files)]
        other = others(workshop.get(target.setting.other), target.pattern)
        for file in files:
            damage.do(file, target.kind, name, other, rng)
        place.note(f"{target.pattern}: {name}")
        read_and_check(place, workshop, reader, files)

    return trial


def read_and_check(
    place: Place,
    workshop: Workshop,
    reader: written_files.Reader,
    damaged: list[pathlib.Path],
) -> None:
    """Runs a command: right results or a refusal, and nothing of the user's is lost."""
    before = place.files()
    result = place.run(*reader.command)
    if check_answered(result):
        reader.check(place, workshop)
        verdicts.check_no_leftovers(place.root)
        for file in damaged:  # what is no use may go
            before.pop(str(file.relative_to(place.root)), None)
    verdicts.check_kept(before, place.files(), result.code or 0)


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
            for target in written_files.TARGETS
            for reader in target.setting.readers
        ),
        *(
            Case(CAMPAIGN, f"raw files, {form}", f"corruption: {form}, {moment}",
                 make(workshop, form))
            for form in raw_sources.FORMS
            for moment, make in (("source", damaged_source), ("raw", damaged_raw))
        ),
    ]  # fmt: skip
