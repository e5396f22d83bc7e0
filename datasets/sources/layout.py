"""What the folders of images mean: parts, classes, numbers of files, or nothing."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.errors import UserError
from datasets import splits

# Names of folders that are parts, in lower case.
PART_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Layout:
    """The parts and labels of images, from their folders, and remarks on these."""

    parts: tuple[str, ...] = ()  # of each image; empty if all are for training
    classes: tuple[str, ...] = ()
    labels: np.ndarray | None = None  # int64 [count]
    notes: tuple[str, ...] = ()


def of(keys: Sequence[str], dataset: str, labels: str = "") -> Layout:
    """Returns the layout of sorted paths without the folders that all of them share.

    Args:
        keys: the paths.
        dataset: its name, for errors.
        labels: `none` for no labels, `folders` for those of the first folders whatever
            they are, empty to find out.

    Raises:
        UserError: what an image's folder means cannot be told.
    """
    parts, rest = divide(keys, dataset)
    notes = []
    if parts and "train" not in parts:
        raise UserError(
            f"{dataset} has images in {parts[0]} and none in train: add a folder train "
            f"or rename {parts[0]}"
        )

    if labels == "none":
        return Layout(tuple(parts))
    if not all("/" in path for path in rest):
        check_stray(keys, rest, dataset)
        return Layout(tuple(parts))
    from_zero = not rest[0].split("/")[0].strip("0")
    if labels != "folders" and from_zero and all(map(is_numbering, rest)):
        notes.append(
            f"folders such as {rest[0].split('/')[0]} number the files and are no "
            "classes (--labels folders takes them as such)"
        )
        return Layout(tuple(parts), notes=tuple(notes))

    classes, numbers = classify([path.split("/")[0] for path in rest])
    deeper = [path for path in rest if path.count("/") > 1]
    if deeper:
        notes.append(
            f"{len(deeper):,} images lie deeper, such as {deeper[0]}: the first folder "
            "is the class"
        )
    return Layout(tuple(parts), classes, numbers, tuple(notes))


def divide(keys: Sequence[str], dataset: str) -> tuple[list[str], list[str]]:
    """Returns the part of each path, if there are parts, and the paths below them.

    A part is a first folder, or a second one below folders that are classes.
    """
    steps = [key.split("/") for key in keys]
    first = {path[0] if len(path) > 1 else "" for path in steps}
    second = {path[1] if len(path) > 2 else "" for path in steps}

    if are_parts(first):
        check_all_parts(first, steps, dataset)
        parts = [PART_FOLDERS[path[0].casefold()] for path in steps]
        return parts, without_common_folders(["/".join(path[1:]) for path in steps])
    if {folder.casefold() for folder in second} <= set(PART_FOLDERS) and are_parts(
        second
    ):
        parts = [PART_FOLDERS[path[1].casefold()] for path in steps]
        return parts, ["/".join([path[0], *path[2:]]) for path in steps]
    if {"trainA", "trainB"} <= first:
        raise UserError(
            f"{dataset} has folders trainA and trainB, two domains or pairs: take them "
            "by `python download.py unpaired NAME` or `paired NAME`"
        )
    return [], list(keys)


def are_parts(folders: set[str]) -> bool:
    """Returns whether folders have at least two of train, val and test among them."""
    parts = {PART_FOLDERS.get(folder.casefold()) for folder in folders} - {None}
    return len(parts) > 1


def check_all_parts(folders: set[str], steps: list[list[str]], dataset: str) -> None:
    """Raises UserError for an image outside the folders that are parts."""
    for path in steps:
        if len(path) < 2 or path[0].casefold() not in PART_FOLDERS:
            known = sorted(f for f in folders if f.casefold() in PART_FOLDERS)
            raise UserError(
                f"{dataset}: {'/'.join(path)} lies outside the parts "
                f"{', '.join(known)}: move it into one or remove it, or rename these "
                "folders if they are no parts"
            )


def check_stray(keys: Sequence[str], rest: Sequence[str], dataset: str) -> None:
    """Raises UserError for an image that lies beside folders of images."""
    inside = [key for key, path in zip(keys, rest, strict=True) if "/" in path]
    if inside:
        strays = [key for key, path in zip(keys, rest, strict=True) if "/" not in path]
        raise UserError(
            f"{dataset}: {strays[0]} lies in no folder of a class ({len(strays):,} so, "
            f"{len(inside):,} in folders like {inside[0]}): move it into one or "
            "remove it, or take all without labels by --labels none"
        )


def is_numbering(path: str) -> bool:
    """Returns whether a path's first folder only begins or rounds its file's number."""
    folder, *_, file = path.split("/")
    numbers = DIGITS.findall(file.rpartition(".")[0])
    if not numbers or not folder.isdigit() or len(folder) < 2:
        return False
    number = numbers[-1]
    if len(number) > len(folder):
        return number.startswith(folder)
    return len(number) == len(folder) and number.startswith(folder.rstrip("0"))


def classify(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Returns class names, and labels int64 [count], of each item's class by name.

    Two spellings of one name, of composed and of decomposed letters, are one class.
    """
    spellings: dict[str, str] = {}
    for name in sorted(set(names)):
        spellings.setdefault(composed(name), name)
    index = {name: label for label, name in enumerate(spellings)}
    labels = np.array([index[composed(name)] for name in names], np.int64)
    return tuple(spellings), labels


def composed(name: str) -> str:
    """Returns a name with composed letters, as most systems but macOS write them."""
    return unicodedata.normalize("NFC", name)


def without_common_folders(names: Sequence[str]) -> list[str]:
    """Returns paths without the leading folders that all of them share."""
    start = 0
    # What the first and the last of sorted paths share, all of them share.
    folders = (name.split("/")[:-1] for name in (min(names), max(names)))
    for first, last in zip(*folders, strict=False):
        if first != last:
            break
        start += len(first) + 1
    return [name[start:] for name in names]


def positions(parts: Sequence[str]) -> dict[str, np.ndarray]:
    """Returns part -> positions of its images; nothing if all are for training."""
    return splits.positions(parts) if parts else {}
