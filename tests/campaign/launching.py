"""Starts scripts: in a Python of their own, or as forks of this one."""

from __future__ import annotations

import atexit
import dataclasses
import os
import pathlib
import resource
import runpy
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn

ROOT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Start:
    """A script, its flags, and all that it starts with."""

    directory: pathlib.Path
    script: str
    flags: Sequence[str]
    out: int  # descriptors
    err: int
    limits: dict[int, int]
    environment: dict[str, str]


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


def spawn(started: Start) -> int:
    """Starts a new Python; returns its process id."""
    process = subprocess.Popen(
        [sys.executable, ROOT / started.script, *started.flags],
        cwd=started.directory,
        stdin=subprocess.DEVNULL,
        stdout=started.out,
        stderr=started.err,
        env=os.environ | started.environment,
        preexec_fn=lambda: _prepare(started.limits),
    )
    process.returncode = 0  # waited for by its id
    return process.pid


def fork(started: Start) -> int:
    """Forks this process, and lets the child become the script; returns its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.chdir(started.directory)
        with open(os.devnull, "rb") as nothing:
            for target, source in enumerate(
                (nothing.fileno(), started.out, started.err)
            ):
                os.dup2(source, target)
        os.environ.update(started.environment)
        _prepare(started.limits)
        _become(ROOT / started.script, started.flags)
    finally:
        os._exit(1)


def _prepare(limits: Mapping[int, int]) -> None:
    """Sets the limits and signal handlers that a user's shell gives a command."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python does
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _become(script: pathlib.Path, flags: Sequence[str]) -> NoReturn:
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
