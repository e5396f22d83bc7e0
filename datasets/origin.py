"""origin.json, which says of raw files where they are from and what was not taken."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from common import files, forms
from datasets.sources import selection

ORIGIN = "origin.json"
LABEL_WORDS = ("none", "folders")  # what --labels may be beside a file
Labels = Annotated[str, forms.Pattern("(none|folders)?", "'none', 'folders' or ''")]


@dataclass(frozen=True)
class Census:
    """How many files a source has, and a digest of their names, sizes and times."""

    files: forms.Count
    bytes: forms.Count
    digest: str


@dataclass(frozen=True)
class Origin:
    """Where raw files are from."""

    origin: str
    sha256: str = ""  # of a download whose publisher states none
    since: str = ""  # when they were taken
    census: Census | None = None  # of the user's files, when they were taken
    # Those that were not taken: reason -> suffix -> count.
    left: dict[str, dict[str, forms.Count]] = field(default_factory=dict)
    labels: Labels = ""  # --labels

    def save(self, raw: Path) -> None:
        """Writes origin.json among the raw files."""
        files.write(raw / ORIGIN, json.dumps(dataclasses.asdict(self), indent=1))


def load(raw: Path) -> Origin | None:
    """Reads the origin of raw files; None if they were not made by download.py."""
    if not (raw / ORIGIN).is_file():
        return None
    remedy = f"remove {raw} and run download.py again"
    return forms.build(Origin, forms.read(raw / ORIGIN, Origin, remedy))


def everything_below(root: Path) -> Iterable[tuple[str, str]]:
    """Returns the relative and the whole path of each file; of a file, its own."""
    if root.is_dir():
        return selection.all_files(str(root), selection.Leftovers())
    return [(root.name, str(root))]


def census(paths: Sequence[Path]) -> Census:
    """Returns the census of files and folders; links are followed, but not in loops."""
    digest = hashlib.sha256()
    count = size = 0
    for place, root in enumerate(paths):
        for name, path in sorted(everything_below(root)):
            status = os.stat(path) if os.path.exists(path) else os.lstat(path)
            count += 1
            size += status.st_size
            row = f"{place}\0{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(row.encode(errors="surrogateescape"))
    return Census(count, size, digest.hexdigest())
