"""Where a dataset lies on disk, and how a directory appears there only when whole."""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from common.errors import UserError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
SIZE = re.compile(r"(\d+)px")
INFO = "info.json"


def check_name(name: str) -> None:
    """Refuses a name that is not one plain directory name."""
    if not NAME.fullmatch(name):
        raise UserError(
            f"dataset name {name!r}: use letters, digits, '_', '-' and '.', "
            "beginning with a letter or digit"
        )


def raw(data_dir: Path, name: str) -> Path:
    """The files as they came, untouched."""
    return data_dir / name / "raw"


def stamp(directory: Path) -> str:
    """Changes when a directory is replaced by another."""
    status = directory.stat()
    return f"{status.st_ino}-{status.st_mtime_ns}"


def converted(data_dir: Path, name: str, image_size: int) -> Path:
    """The shards and info.json of one image size."""
    return data_dir / name / f"{image_size}px"


def names(data_dir: Path) -> set[str]:
    """The datasets of which raw files or shards are there."""
    if data_dir.exists() and not data_dir.is_dir():
        raise UserError(f"--data_dir {data_dir} is a file: name a directory")
    return {
        path.name
        for path in (data_dir.iterdir() if data_dir.is_dir() else ())
        if (path / "raw").is_dir() or sizes(data_dir, path.name)
    }


def sizes(data_dir: Path, name: str) -> list[int]:
    """The image sizes for which a dataset is converted and whole."""
    found = (SIZE.fullmatch(path.parent.name) for path in
             (data_dir / name).glob(f"*px/{INFO}"))  # fmt: skip
    return sorted(int(match[1]) for match in found if match)


@contextlib.contextmanager
def appearing(directory: Path) -> Iterator[Path]:
    """A new directory to fill, which takes its name when the block ends well.

    When the block fails nothing of it stays, and what a killed process left is removed.
    """
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(directory)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Makes the directory and keeps other processes of this project out of it."""
    existed = directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UserError(
            f"another process is writing {directory}: wait until it has ended"
        ) from error
    finally:
        os.close(descriptor)
        if not existed:
            with contextlib.suppress(OSError):  # it has content, so it stays
                directory.rmdir()


def flag(data_dir: Path) -> str:
    """What a script's command line needs so that it finds this directory."""
    return "" if data_dir == Path("data") else f" --data_dir {data_dir}"
