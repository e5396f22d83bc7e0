"""What a trial is, and the folder in which its commands run."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import random
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import commands

STOPPED = (130, 143)  # by SIGINT and by SIGTERM, before there is something to save
MOST_MEMORY = 3 << 30  # bytes; the largest sound command here takes a quarter of it
MOST_DISK = 1 << 30  # bytes; pix2pix at twice its width writes three quarters of it
OUTSIDE = pathlib.Path("/tmp/campaign-outside")  # where hostile names lead


class Broken(Exception):
    """A promise that did not hold; the message says which."""


@dataclasses.dataclass(frozen=True)
class Case:
    """Something to try; it is tried again and again, each time under another seed.

    `trial` raises `Broken` if a promise does not hold. `kind` is the row of the table
    in which the trial is counted.
    """

    campaign: str
    kind: str
    name: str
    trial: Callable[[Place, random.Random, int], None]


class Place:
    """The folder in which a trial's commands run, with data/, summary/ and assets/.

    It lies alone in a folder of its own, so that what is written outside is seen.
    """

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.root = folder / "place"
        self.root.mkdir(parents=True)
        self.summary = self.root / "summary"
        self.processes: list[commands.Process] = []
        self.results: list[commands.Result] = []
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keeps what was done besides commands, for the report of a failure."""
        self.notes.append(text)

    def start(self, script: str, *flags: str, **options: Any) -> commands.Process:
        """Starts a script; `options` are those of `commands.Process`."""
        process = commands.Process(self.root, script, *flags, **options)
        self.processes.append(process)
        return process

    def wait(
        self, process: commands.Process, timeout: float = commands.TIMEOUT
    ) -> commands.Result:
        """Waits for a process, and checks what holds of every command."""
        result = process.wait(timeout)
        self.processes.remove(process)
        self.results.append(result)
        check_ending(result)
        return result

    def run(self, script: str, *flags: str, **options: Any) -> commands.Result:
        """Runs a script to its end."""
        return self.wait(self.start(script, *flags, **options))

    def succeed(self, script: str, *flags: str, **options: Any) -> commands.Result:
        """Runs a script that has to exit with 0."""
        result = self.run(script, *flags, **options)
        if result.code:
            raise Broken(f"a command that should succeed does not\n{result}")
        return result

    def take(self, made: pathlib.Path, *parts: str) -> None:
        """Copies what has been made once into this place, or the named parts of it."""
        for part in parts or [path.name for path in made.iterdir()]:
            copy(made / part, self.root / part)

    def files(self) -> dict[str, bytes]:
        """Returns the content of all files, by their path in this place."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file()
        }

    def check_outside(self) -> None:
        """Checks that nothing was written outside of this place, nor too much in it."""
        outside = [p.name for p in self.folder.iterdir() if p != self.root]
        if OUTSIDE.exists():
            remove(OUTSIDE)
            outside.append(str(OUTSIDE))
        if outside:
            raise Broken(f"written outside: {', '.join(outside)}")
        size = sum(p.lstat().st_size for p in self.root.rglob("*") if p.is_file())
        if size > MOST_DISK:
            raise Broken(f"{size >> 20} MiB written")

    def close(self) -> None:
        """Ends all processes that still run here."""
        for process in [*self.processes]:
            self.results.append(process.wait(timeout=0))
        self.end_strays()

    def end_strays(self) -> None:
        """Kills what commands have left running here."""
        commands.end_those_in(self.root)


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies a folder; what is in the target already stays."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def remove(path: pathlib.Path) -> None:
    """Removes a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def check_ending(result: commands.Result) -> None:
    """Checks what holds of every command, whatever was done to it.

    It ends in time, in bounded memory and without a traceback. Exit status 2 comes with
    exactly one `error:` line, and others but 0 only with a signal.
    """
    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    if result.code is None:
        raise Broken("hangs")
    if "Traceback (most recent call last)" in result.out + result.err:
        raise Broken("traceback")
    if result.peak > MOST_MEMORY:
        raise Broken(f"takes {result.peak >> 20} MiB of memory")
    if result.code == 2 and len(errors) != 1:
        raise Broken(f"exit 2 with {len(errors)} error lines")
    if result.code == 0 and errors:
        raise Broken("exit 0 with an error line")
    if (result.code > 2 and result.code not in STOPPED) or result.code == 1:
        raise Broken(f"exit {result.code}")


def check_refused(result: commands.Result) -> None:
    """Checks that a command was refused: exit status 2, for `check_ending` saw it."""
    if result.code != 2:
        raise Broken(f"exit {result.code} where 2 is expected")


def check_answered(result: commands.Result) -> bool:
    """Checks that a command exits with 0 or 2, and returns whether with 0."""
    if result.code not in (0, 2):
        raise Broken(f"exit {result.code} where 0 or 2 is expected")
    return result.code == 0


def rounds(count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yields cases' numbers and seeds for ever: each case once, then each again."""
    for number in itertools.count(seed):
        order = random.Random(number).sample(range(count), count)
        yield from ((case, number) for case in order)


def generator(case: Case, seed: int) -> random.Random:
    """Returns the random numbers of a trial."""
    return random.Random(f"{case.name} {seed}")
