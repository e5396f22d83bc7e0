"""The four scripts as processes: started, signalled, limited and waited for."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import pathlib
import resource
import shlex
import signal
import time
from collections.abc import Mapping

import launching

TIMEOUT = 300  # seconds, after which a command is said to hang
PAUSE = 0.01  # seconds between two looks at a process
# No command here needs more; a wrong one must not take the machine with it.
LIMITS = {resource.RLIMIT_AS: 12 << 30, resource.RLIMIT_FSIZE: 1 << 30}


@dataclasses.dataclass(frozen=True)
class Result:
    """How a command ended; `code` is negative for a signal, None for a time-out."""

    command: str
    code: int | None
    out: str
    err: str
    peak: int  # bytes of memory
    seconds: float

    def __str__(self) -> str:
        ending = "hangs" if self.code is None else f"exit {self.code}"
        lines = (self.out + self.err).strip().splitlines()
        shown = lines if len(lines) <= 12 else [*lines[:3], "...", *lines[-8:]]
        mebibytes = self.peak >> 20
        head = f"$ {self.command}\n  {ending}, {self.seconds:.1f} s, {mebibytes} MiB"
        return "\n".join([head, *(f"  | {line[:300]}" for line in shown)])


class Output:
    """What a process prints: a pipe, for a file would fall under its limits."""

    def __init__(self) -> None:
        self.read, self.written = os.pipe()
        os.set_blocking(self.read, False)
        self.content = b""

    def drain(self) -> None:
        """Takes what has been printed, so that the process need not wait."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.read, 1 << 16):
                self.content += part

    def close(self) -> str:
        """Returns all that was printed."""
        self.drain()
        os.close(self.read)
        return self.content.decode(errors="replace")


class Process:
    """A script that runs in a directory, `python SCRIPT FLAGS` as a user types it.

    It is forked from this process, which has imported TensorFlow but not started it:
    that saves the 4 seconds of the import. A `fresh` one is a process of its own, and
    imports for itself.
    """

    def __init__(
        self,
        directory: pathlib.Path,
        script: str,
        *flags: str,
        fresh: bool = False,
        limits: Mapping[int, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ):
        self.command = shlex.join(["python", script, *flags])
        self.began = time.monotonic()
        self.out, self.err = Output(), Output()
        started = launching.Start(
            directory,
            script,
            flags,
            self.out.written,
            self.err.written,
            LIMITS | dict(limits or {}),
            dict(environment or {}),
        )
        self.pid = launching.spawn(started) if fresh else launching.fork(started)
        os.close(started.out)
        os.close(started.err)
        self.status: tuple[int, resource.struct_rusage] | None = None

    def ended(self) -> bool:
        """Returns whether the process has ended."""
        for output in (self.out, self.err):
            output.drain()
        if self.status is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.status = status, usage
        return self.status is not None

    def seconds(self) -> float:
        """Returns how long ago it began."""
        return time.monotonic() - self.began

    def cpu(self) -> float:
        """Returns the seconds that it has computed so far; infinity if it has ended."""
        if self.ended():
            return math.inf
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        ticks = stat.rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def send(self, number: int) -> None:
        """Sends a signal, unless the process has ended."""
        if not self.ended():
            os.kill(self.pid, number)

    def wait_until(self, deadline: float) -> None:
        """Waits for the end, at most until time.monotonic() is `deadline`."""
        while not self.ended() and time.monotonic() < deadline:
            time.sleep(PAUSE)

    def wait(self, timeout: float = TIMEOUT) -> Result:
        """Waits for the end; after `timeout` seconds kills the process."""
        self.wait_until(time.monotonic() + timeout)
        in_time = self.ended()
        self.send(signal.SIGKILL)
        while not self.ended():
            time.sleep(PAUSE)

        assert self.status
        status, usage = self.status
        return Result(
            self.command,
            os.waitstatus_to_exitcode(status) if in_time else None,
            self.out.close(),
            self.err.close(),
            usage.ru_maxrss << 10,
            self.seconds(),
        )


def those_in(directory: pathlib.Path) -> list[int]:
    """Returns the ids of the processes that work in a directory."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            where = pathlib.Path(os.readlink(entry / "cwd"))
            if directory in (where, *where.parents):
                found.append(int(entry.name))
    return found


def end_those_in(directory: pathlib.Path) -> None:
    """Kills the processes that work in a directory, and what they start meanwhile."""
    while ids := those_in(directory):
        for number in ids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(PAUSE)
