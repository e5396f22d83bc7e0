"""Writes a finished file in one step, so that no reader ever sees half of one."""

import os
from pathlib import Path


def write(path: Path, data: bytes | memoryview | str) -> Path:
    """Puts `data` at `path` under a temporary name, renames it and returns `path`."""
    if isinstance(data, str):
        data = data.encode(errors="backslashreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
