"""Disks that fill, files that cannot be opened, folders that cannot be written."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import random
import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator

import checks
import fixtures
import raw_sources
import trials
import verdicts
from fixtures import Workshop
from trials import Case, Place, check_answered, check_refused

CAMPAIGN = "disks"


@dataclasses.dataclass(frozen=True)
class Work:
    """A command that writes, and what is right after it."""

    made: str  # what is there before
    command: tuple[str, ...]
    check: checks.Check
    largest: int  # of the files that it writes, in KiB
    writes: str = ""  # the folder that it writes to


PNG = raw_sources.FORMS["png"]
DOWNLOAD = ("download.py", *PNG.download, f"--source={PNG.source}")
TRAIN = ("train.py", *fixtures.train("gan"))
STUDY = ("train.py", *fixtures.STUDY)
EVAL = ("eval.py", "--name=run", *fixtures.MEASURE)
EXPORT = ("eval.py", "--name=run", "--export=out")
NEIGHBOURS = ("eval.py", "--name=run", "--neighbours", "--sample_size=2")
SAME_RUN = checks.same_run("run gan")
SAME_NUMBERS = checks.same_numbers("measured gan")
SAME_DATA = checks.same_data("converted png")

COMMANDS = {
    "train": Work("digits", TRAIN, SAME_RUN, 220, "summary"),
    "study": Work("digits", STUDY, checks.same_study, 220, "summary"),
    "eval": Work("run gan", EVAL, SAME_NUMBERS, 400, "assets"),
    "export": Work("run gan", EXPORT, checks.nothing, 200),
    "neighbours": Work("run gan", NEIGHBOURS, checks.nothing, 400, "assets"),
    "download": Work("source png", DOWNLOAD, checks.nothing, 10, "data"),
    "convert": Work("downloaded png", ("convert.py", PNG.name), SAME_DATA, 700, "data"),
}
WRITING = [name for name, work in COMMANDS.items() if work.writes]


def begin(place: Place, workshop: Workshop, name: str) -> tuple[str, ...]:
    """Takes what a command needs; returns the command."""
    place.take(workshop.get(COMMANDS[name].made))
    return COMMANDS[name].command


def go_on(place: Place, workshop: Workshop, name: str) -> None:
    """Runs the same command again, now with room, and checks what it makes."""
    place.succeed(*COMMANDS[name].command)
    COMMANDS[name].check(place, workshop)
    verdicts.check_no_leftovers(place.root)


def small_files(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: no file may be longer than some size, as with ulimit -f."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        most = COMMANDS[name].largest << 10
        size = int(most ** rng.uniform(0.3, 1))
        place.note(f"ulimit -f: {size} bytes")
        check_answered(place.run(*command, limits={resource.RLIMIT_FSIZE: size}))
        go_on(place, workshop, name)

    return trial


def few_descriptors(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: few files may be open at once, as with ulimit -n."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        count = rng.randrange(20, 60)
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


def full_disk(workshop: Workshop, name: str) -> Callable:
    """Returns a trial: the disk that is written to fills, then has room again."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        command = begin(place, workshop, name)
        folder = place.root / COMMANDS[name].writes
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
        folder = place.root / COMMANDS[name].writes
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
        flag = f"--{COMMANDS[name].writes}_dir={rng.choice(NOWHERE)}"
        check_refused(place.run(*command, flag))

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns every command on every kind of disk."""
    tried: dict[str, tuple[Callable, Iterable[str]]] = {
        "small files": (small_files, COMMANDS),
        "few descriptors": (few_descriptors, COMMANDS),
        "full disk": (full_disk, WRITING),
        "read-only disk": (read_only, WRITING),
        "no disk": (nowhere, WRITING),
    }
    return [
        Case(CAMPAIGN, kind, f"disks: {kind}, {name}", make(workshop, name))
        for kind, (make, names) in tried.items()
        for name in names
    ]
