"""Files and directories that appear whole, and locks between processes."""

import contextlib
import errno
import fcntl
import functools
import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from common.errors import UserError

HOST = socket.gethostname()
# Hidden names beside a path say whose they are: .NAME.partial-PID@HOST
OWNED = re.compile(r"\..+\.(?:partial|old)-(?P<pid>\d{1,9})@(?P<host>.+)")
IN_THE_WAY = (errno.ENOTEMPTY, errno.EEXIST, errno.EISDIR)  # a directory at a new name


def write(path: Path, data: bytes | memoryview | str) -> Path:
    """Writes `data` to `path`, which appears by rename; returns `path`.

    The directories above it are made if need be.
    """
    if isinstance(data, str):
        data = data.encode(errors="backslashreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    with appearing(path) as partial:
        partial.write_bytes(data)
    return path


@contextlib.contextmanager
def appearing(path: Path, partial: Path | None = None) -> Iterator[Path]:
    """Yields where to write a file or directory, which is then renamed to `path`.

    What was at `path` before stays until then, and for good if the block fails. All of
    it is on the disk before it is renamed: a power cut leaves the old or the new. What
    killed processes have left half-written in the same directory is removed.

    Args:
        path: where it appears when the block ends well.
        partial: where it is written, in the same file system. By default beside
            `path`, hidden, under a name that no other process uses.
    """
    _sweep_dead(path.parent)
    with scratch(partial or _hidden(path, "partial")) as new:
        yield new
        flush(new)
        _replace(path, new)
        _flush_one(path.parent)


@contextlib.contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yields `path` with nothing there, and removes what the block leaves there."""
    _remove(path)  # of a process that was killed
    try:
        yield path
    finally:
        _remove(path)


def flush(path: Path) -> None:
    """Waits until a file, or a directory and all that it holds, is on the disk."""
    for folder, _, names in os.walk(path):
        for name in names:
            _flush_one(Path(folder, name))
        _flush_one(Path(folder))
    if not path.is_dir():
        _flush_one(path)


def drop(directory: Path) -> None:
    """Removes a directory so that no reader finds half of it."""
    _sweep_dead(directory.parent)
    _remove(_put_aside(directory))


def sweep(directory: Path) -> None:
    """Removes the hidden directories that killed processes have left in another."""
    for path in directory.glob(".*"):
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def lock(path: Path, refusal: str) -> Iterator[None]:
    """Holds the lock of a file or directory; a file that is missing is made.

    The lock ends with the block, and with the process however that ends.

    Raises:
        UserError: another process, or this one, holds it; `refusal` is the message.
    """
    mode = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, mode, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(refusal) from error
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def lock_directory(directory: Path) -> Iterator[None]:
    """Makes a directory and keeps other processes of this project out of it.

    If it was made and nothing is in it at the end, it is removed.

    Raises:
        UserError: another process has locked it.
    """
    existed = directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    refusal = f"another process is writing {directory}: wait until it has ended"
    with lock(directory, refusal):
        try:
            yield
        finally:
            if not existed:
                with contextlib.suppress(OSError):  # it has content, so it stays
                    directory.rmdir()


def is_locked(path: Path) -> bool:
    """Returns whether a process holds the lock of a file, which may be missing."""
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _flush_one(path: Path) -> None:
    """Waits until a file's content, or a directory's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, new: Path) -> None:
    """Renames `new` to `path`; a directory that is there is put aside, then removed."""
    while True:
        try:
            new.replace(path)
            break
        except OSError as error:
            if error.errno not in IN_THE_WAY:
                raise
        with contextlib.suppress(FileNotFoundError):  # another process did
            _put_aside(path)
    _remove(_hidden(path, "old"))


def _put_aside(path: Path) -> Path:
    """Renames a file or directory to a hidden name, and returns that."""
    hidden = _hidden(path, "old")
    _remove(hidden)
    return path.rename(hidden)


def _hidden(path: Path, kind: str) -> Path:
    """Returns a hidden path beside `path` that is this process's own."""
    return path.with_name(f".{path.name}.{kind}-{os.getpid()}@{HOST}")


@functools.cache  # once per process
def _sweep_dead(directory: Path) -> None:
    """Removes the hidden paths of processes of this machine that are no more."""
    for path in directory.glob(".*"):
        match = OWNED.fullmatch(path.name)
        if match and match["host"] == HOST and not _is_alive(int(match["pid"])):
            with contextlib.suppress(OSError):  # somebody else's
                _remove(path)


def _is_alive(pid: int) -> bool:
    """Returns whether a process of this machine runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def _remove(path: Path) -> None:
    """Removes a file, or a directory and what it holds, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
