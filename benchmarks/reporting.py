"""What the benchmarks share: turns, processes, and tables in benchmarks/results/."""

import concurrent.futures
import functools
import multiprocessing
import os
import platform
import re
import resource
import shlex
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

GIB, MIB = 2**30, 2**20
UNIT = 1 if sys.platform == "darwin" else 2**10  # bytes, of ru_maxrss
RESULTS = Path(__file__).parent / "results"


def in_turns(
    ways: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
    """What each way returns, round by round: A B C, A B C, ...

    A way returns its own figure, a rate or seconds; what it does only once, such as to
    load a library, is done before.
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over rounds of ours / theirs, each pair measured side by side."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def spread(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The ratio, and in brackets its lowest and highest of all rounds."""
    every = [a / b for a, b in zip(ours, theirs, strict=True)]
    return f"{ratio(ours, theirs):.2f} ({min(every):.2f}-{max(every):.2f})"


def anew(call: Callable, *arguments: object) -> Any:
    """What a call returns, in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(call, *arguments).result()


def peak() -> int:
    """The most bytes that this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


@functools.cache
def gpu() -> str | None:
    """The first NVIDIA GPU's name, or None; asked of the driver, not of TensorFlow."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return said.stdout.splitlines()[0].strip()


@functools.cache
def machine() -> str:
    """What the figures were measured on, in words."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        found = re.search(r"model name\s*: (.*)", cpuinfo.read_text())
        name = found[1].strip() if found else name
    cores = len(os.sched_getaffinity(0))
    return f"{gpu() or 'no GPU'}, {cores} cores of {name}"


@functools.cache
def commit() -> str:
    """The commit that is measured, for a table's head; nothing outside git."""
    command = ["git", "-C", str(RESULTS), "rev-parse", "--short", "HEAD"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f", commit {said.stdout.strip()}"


class Table:
    """A table in Markdown, printed row by row and then kept.

    Its file is benchmarks/results/<device>/<name>.md and says machine, commit and
    command.
    """

    def __init__(self, name: str, title: str, columns: Sequence[str]):
        self.name = name
        self.lines: list[str] = []
        command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
        where = machine() + commit()
        self.add(f"## {title}\n\n{where}: `python benchmarks/{command}`\n")
        self.row(*columns)
        self.add("|" + "---|" * len(columns))

    def add(self, text: str) -> None:
        """Prints lines and keeps them."""
        print(text, flush=True)
        self.lines.append(text)

    def row(self, *cells: object) -> None:
        """A row of the table."""
        self.add(f"| {' | '.join(map(str, cells))} |")

    def note(self, text: str) -> None:
        """A paragraph below the table."""
        self.add(f"\n{text}")

    def save(self) -> None:
        """Writes the file; a new one replaces it."""
        file = folder() / f"{self.name}.md"
        file.write_text("\n".join(self.lines) + "\n")


def folder() -> Path:
    """Where this machine's results are, benchmarks/results/<device>."""
    device = gpu() or machine().partition(", ")[2]
    made = RESULTS / re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")
    made.mkdir(parents=True, exist_ok=True)
    return made
