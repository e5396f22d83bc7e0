"""Disks that fill, files that cannot be opened, folders that cannot be written."""

from __future__ import annotations

import contextlib
import pathlib
import random
import resource
import subprocess
import time
from collections.abc import Callable, Iterator

import fixtures
import raw_sources
import trials
import verdicts
from fixtures import Workshop
from trials import Case, Place, check_answered, check_refused

CAMPAIGN = "disks"
Check = Callable[[Place, Workshop], None]


def same_run(place: Place, workshop: Workshop) -> None:
    """Checks that the run is that of a disk with room."""
    verdicts.check_same_run(
        place.summary / "run", workshop.get("run gan") / "summary/run"
    )


def same_study(place: Place, workshop: Workshop) -> None:
    """Checks that the study's runs are those of a disk with room."""
    for config in (workshop.get("study") / "summary/study").glob("*/config.json"):
        run = place.summary / "study" / config.parent.name
        verdicts.check_same_run(run, config.parent)


def same_numbers(place: Place, workshop: Workshop) -> None:
    """Checks that the numbers are those of a disk with room."""
    assets = workshop.get("measured gan") / "assets/run"
    verdicts.check_same_numbers(place.root / "assets/run", assets)


def same_data(place: Place, workshop: Workshop) -> None:
    """Checks that the dataset is that of a disk with room."""
    made = workshop.get("converted png") / "data"
    verdicts.check_same_data(place.root / "data", made)


def nothing(place: Place, workshop: Workshop) -> None:
    """Checks nothing: the command succeeded."""


EVAL = ("eval.py", "--name=run", *fixtures.MEASURE)
PNG = raw_sources.FORMS["png"]
# What is there before, the command, what is right after it, the largest file in KiB.
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Check, int]] = {
    "train": (("digits",), ("train.py", *fixtures.train("gan")), same_run, 220),
    "study": (("digits",), ("train.py", *fixtures.STUDY), same_study, 220),
    "eval": (("run gan",), EVAL, same_numbers, 400),
    "export": (("run gan",), ("eval.py", "--name=run", "--export=out"), nothing, 200),
    "neighbours": (
        ("run gan",), ("eval.py", "--name=run", "--neighbours", "--sample_size=2"),
        nothing, 400,
    ),
    "download": (
        ("source png",),
        ("download.py", *PNG.download, f"--source={PNG.source}"), nothing, 10,
    ),
    "convert": (("downloaded png",), ("convert.py", PNG.name), same_data, 700),
}  # fmt: skip


def begin(place: Place, workshop: Workshop, name: str) -> tuple[str, ...]:
    """Takes what a command needs; returns the command."""
    made, command, _, _ = COMMANDS[name]
    for what in made:
        place.take(workshop.get(what))
    return command


def go_on(place: Place, workshop: Workshop, name: str) -> None:
    """Runs the same command again, now with room, and checks what it makes."""
    _, command, check, _ = COMMANDS[name]
    place.succeed(*command)
    check(place, workshop)
    verdicts.check_no_leftovers(place.root)


def small_files(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: no file may be longer than some size, as with ulimit -f."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        most = COMMANDS[name][3] << 10
        size = int(most ** rng.uniform(0.3, 1))
        place.note(f"ulimit -f: {size} bytes")
        check_answered(place.run(*command, limits={resource.RLIMIT_FSIZE: size}))
        go_on(place, workshop, name)

    return trial


def few_descriptors(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: few files may be open at once, as with ulimit -n."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        count = rng.randrange(8, 48)
        place.note(f"ulimit -n: {count}")
        check_answered(place.run(*command, limits={resource.RLIMIT_NOFILE: count}))
        go_on(place, workshop, name)

    return trial


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, size: int) -> Iterator[bool]:
    """Mounts a disk of some bytes; yields whether this machine allows that."""
    folder.mkdir(exist_ok=True)
    options = f"size={size}"
    mounted = not mount("-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    try:
        yield mounted
    finally:
        while (
            mounted
            and subprocess.run(["umount", folder], capture_output=True).returncode
        ):
            time.sleep(0.1)  # a process that ends still has it open


def mount(*arguments: str) -> int:
    """Calls mount; returns its exit status."""
    return subprocess.run(["mount", *arguments], capture_output=True).returncode


WRITES = {"train": "summary", "study": "summary", "eval": "assets", "convert": "data"}


def full_disk(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: the disk that is written to fills, then has room again."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        folder = place.root / WRITES[name]
        used = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
        room = int(used * 1.3) + rng.randrange(20_000, 1_200_000)
        content = folder.rename(place.root / "aside") if folder.exists() else None
        with small_disk(folder, room) as mounted:
            if not mounted:
                folder.rmdir()
            if content:
                trials.copy(content, folder)
                trials.remove(content)
            place.note(f"{folder.name}/ has room for {room} bytes")
            check_answered(place.run(*command))
            if mounted:
                mount("-o", "remount,size=100m", str(folder))
            go_on(place, workshop, name)
            place.end_strays()
            place.check_outside()

    return trial


def read_only(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: a folder that cannot be written is refused in a line."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        folder = place.root / WRITES[name]
        with small_disk(folder, 1 << 20) as mounted:
            if mounted:
                mount("-o", "remount,ro", str(folder))
                check_refused(place.run(*command))

    return trial


NOWHERE = (
    "/proc/x",
    "/proc/self/fd/x",
    "/proc/1/x",
    "/dev/null",
    "/dev/null/x",
    "/sys/x",
)


def nowhere(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: a folder that no disk has is refused in a line."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        flag = rng.choice(
            ["data", "summary", "assets" if name == "eval" else "summary"]
        )
        if name == "convert":
            flag = "data"
        check_refused(place.run(*command, f"--{flag}_dir={rng.choice(NOWHERE)}"))

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns every command on every kind of disk."""
    tried = {
        "small files": (small_files, COMMANDS),
        "few descriptors": (few_descriptors, COMMANDS),
        "full disk": (full_disk, WRITES),
        "read-only disk": (read_only, WRITES),
        "no disk": (nowhere, WRITES),
    }
    return [
        Case(CAMPAIGN, kind, f"disks: {kind}, {name}", make(workshop, name))
        for kind, (make, names) in tried.items()
        for name in names
    ]
