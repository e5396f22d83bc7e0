"""Which files of a source are taken, and how many are not, by reason and suffix."""

import collections
import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from datasets.images import image_types

# Folders of file managers, network storage and operating systems, in lower case.
SYSTEM_FOLDERS = {
    "__macosx", "@eadir", "@tmp", "@recycle", "@recently-snapshot", "@sharebin",
    "@__thumb", "@sharesnap", "@syno", "#recycle", "#snapshot", "~snapshot",
    "$recycle.bin", "recycler", "recycled", "recycle.bin", "system volume information",
    "lost+found", "found.000", "network trash folder", "temporary items",
    "thumbnails.nosync", "_thumbs", "__pycache__", "appledouble", "desktop db",
}  # fmt: skip
TABLE_OF_NVIDIA = "dataset.json"  # which is read, and is no image
HIDDEN = "hidden"
OF_SYSTEM = "of a file manager"
NO_IMAGE = "no image by its suffix"
LOOP = "a link back to a folder that it lies in"
BROKEN = "a link to nowhere, or no file"


class Leftovers(collections.Counter[tuple[str, str]]):
    """The numbers of files that are not taken, by reason and suffix."""

    @classmethod
    def of(cls, by_reason: Mapping[str, Mapping[str, int]]) -> "Leftovers":
        """Returns what `as_json` was made of."""
        return cls(
            {
                (reason, suffix): count
                for reason, by_suffix in by_reason.items()
                for suffix, count in by_suffix.items()
            }
        )

    def leave(self, name: str, reason: str) -> None:
        """Counts a file."""
        self[reason, PurePosixPath(name).suffix.lower() or "no suffix"] += 1

    def takes(self, name: str) -> bool:
        """Returns whether a path is that of an image to take; counts it if not."""
        reason = why_not(name)
        if reason and not is_table(name):
            self.leave(name, reason)
        return not reason

    def together(self, others: "Leftovers") -> "Leftovers":
        """Returns the sums of two counts."""
        return Leftovers(self + others)

    def words(self) -> str:
        """Returns the counts in words, such as `3 .txt, 1 .psb`."""
        totals: collections.Counter[str] = collections.Counter()
        for (_, suffix), count in self.items():
            totals[suffix] += count
        return ", ".join(
            f"{count:,} {suffix}" for suffix, count in totals.most_common()
        )

    def as_json(self) -> dict[str, dict[str, int]]:
        """Returns the counts as reason -> suffix -> count, sorted."""
        counts: dict[str, dict[str, int]] = {}
        for (reason, suffix), count in sorted(self.items()):
            counts.setdefault(reason, {})[suffix] = count
        return counts


def is_table(name: str) -> bool:
    """Returns whether a path is that of NVIDIA's table, in at most one folder."""
    return name.count("/") < 2 and name.rpartition("/")[2] == TABLE_OF_NVIDIA


def why_not(name: str) -> str:
    """Returns why a path is not that of an image to take; empty if it is one."""
    steps = unicodedata.normalize("NFC", name).casefold().split("/")
    if any(step in SYSTEM_FOLDERS for step in steps[:-1]):
        return OF_SYSTEM
    if any(step.startswith(".") for step in steps):
        return HIDDEN
    return "" if image_types.is_named_so(name) else NO_IMAGE


def walk(root: Path, left: Leftovers) -> Iterator[str]:
    """Yields the paths of the images below a folder, relative to it.

    Links to folders are followed, except those back to a folder that they lie in.
    """
    for name, path in all_files(str(root), left):
        if not os.path.isfile(path):
            left.leave(name, BROKEN)
        elif left.takes(name):
            yield name


def all_files(root: str, left: Leftovers) -> Iterator[tuple[str, str]]:
    """Yields the relative and the whole path of everything below a folder."""
    above = {root: {identity(root)}}  # of each folder: itself and those it lies in
    for folder, subfolders, files in os.walk(root, followlinks=True):
        relative = os.path.relpath(folder, root)
        for name in files:
            path = os.path.normpath(os.path.join(relative, name))
            yield path.replace(os.sep, "/"), os.path.join(folder, name)

        around = above.pop(folder)
        for name in list(subfolders):
            path = os.path.join(folder, name)
            if identity(path) in around:
                subfolders.remove(name)
                left.leave(name, LOOP)
            else:
                above[path] = around | {identity(path)}


def identity(folder: str) -> tuple[int, int]:
    """Returns a folder's device and inode, which all links to it share."""
    status = os.stat(folder)
    return status.st_dev, status.st_ino
