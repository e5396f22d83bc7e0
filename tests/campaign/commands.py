"""The four scripts as processes: started, signalled, limited and waited for."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import math
import os
import pathlib
import resource
import runpy
import shlex
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from typing import NoReturn

ROOT = pathlib.Path(__file__).parents[2]
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
        self.out = directory.parent / f"out-{time.monotonic_ns()}"
        self.err = self.out.with_name(self.out.name + "-err")
        self.began = time.monotonic()
        start = _spawn if fresh else _fork
        limits = LIMITS | dict(limits or {})
        environment = dict(environment or {})
        with self.out.open("wb") as out, self.err.open("wb") as err:
            streams = (out.fileno(), err.fileno())
            self.pid = start(directory, script, flags, streams, limits, environment)
        self.status: tuple[int, resource.struct_rusage] | None = None

    def ended(self) -> bool:
        """Returns whether the process has ended."""
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
            self.out.read_text(errors="replace"),
            self.err.read_text(errors="replace"),
            usage.ru_maxrss << 10,
            self.seconds(),
        )


def import_scripts() -> None:
    """Imports what the scripts import, so that forked ones need not.

    TensorFlow starts its threads with the first operation; none is run here.
    """
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # as the scripts do
    from common import cli

    with cli.quiet():
        from datasets.conversion import converter  # noqa: F401
        from evaluation import eval_command  # noqa: F401
        from evaluation.measure import during_training  # noqa: F401
        from training import train_command  # noqa: F401


def _spawn(directory, script, flags, streams, limits, environment) -> int:
    """Starts a new Python; returns its process id."""
    out, err = streams
    process = subprocess.Popen(
        [sys.executable, ROOT / script, *flags],
        cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
        env=os.environ | environment,
        preexec_fn=lambda: _prepare(limits),
    )  # fmt: skip
    process.returncode = 0  # waited for by its id
    return process.pid


def _fork(directory, script, flags, streams, limits, environment) -> int:
    """Forks this process, and lets the child become the script; returns its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.chdir(directory)
        with open(os.devnull, "rb") as nothing:
            for target, source in enumerate((nothing.fileno(), *streams)):
                os.dup2(source, target)
        os.environ.update(environment)
        _prepare(limits)
        _become(ROOT / script, flags)
    finally:
        os._exit(1)


def _prepare(limits: Mapping[int, int]) -> None:
    """Sets the limits and signal handlers that a user's shell gives a command."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python does
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _become(script: pathlib.Path, flags) -> NoReturn:
    """Runs a script as the main module and ends the process as Python would."""
    sys.argv = [str(script), *flags]
    sys.stdin = os.fdopen(0)
    sys.stdout = os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
    code: int | str | None = 1
    try:
        runpy.run_path(str(script), run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


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
