"""The user's own files: where they may lie, and whether they are as they were."""

from collections.abc import Sequence
from pathlib import Path

from common.errors import UserError
from datasets import catalogue, origin
from datasets.sources import label_tables, selection


def check_apart(source: Path, raw: Path) -> None:
    """Raises UserError if files would be copied into the folder that they are from."""
    inner, outer = raw.resolve(), source.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UserError(
            f"--source {source} contains {raw}, where its files would go: name the "
            "folder of the images alone, or another --data_dir"
        )


def label_table(
    labels: str, entry: catalogue.Entry, sources: Sequence[Path]
) -> Path | None:
    """Returns the file of --labels, which may lie beside the images, if it is one."""
    if labels in ("", *origin.LABEL_WORDS):
        return None
    if entry.format != "pictures":
        raise UserError(f"--labels {labels}: {entry.name} is no folder of images")
    for path in (Path(labels), *(source / labels for source in sources)):
        if path.is_file() and path.suffix.lower() in label_tables.SUFFIXES:
            return path
    raise UserError(
        f"--labels {labels} is no file: give a csv or json, `none` for no labels, or "
        "`folders` for those of the first folders"
    )


def census(sources: Sequence[Path], table: Path | None) -> origin.Census | None:
    """Returns the census of the user's files and of their table, if there are any."""
    paths_of_all = [*sources, *([table] if table else [])]
    return origin.census(paths_of_all) if sources else None


def without_table(
    left: dict[str, dict[str, int]], table: Path | None, sources: Sequence[Path]
) -> dict[str, dict[str, int]]:
    """Returns the counts of what was not taken, less a table among the files."""
    counts = selection.Leftovers.of(left)
    folders = [path.resolve() for path in sources]
    if table and any(map(table.resolve().is_relative_to, folders)):
        counts[selection.NO_IMAGE, table.suffix.lower()] -= 1
    return selection.Leftovers(+counts).as_json()


def absolute(sources: Sequence[Path]) -> str:
    """Returns the absolute paths of --source, separated by commas."""
    return ",".join(str(path.resolve()) for path in sources)


def load_origin(raw: Path) -> origin.Origin:
    """Reads origin.json; UserError if there is none."""
    known = origin.load(raw)
    if known is None:
        raise UserError(
            f"{raw} was not made by download.py: move its files elsewhere, remove it "
            "and name them with --source"
        )
    return known


def check_origin(
    raw: Path, sources: Sequence[Path], labels: str, table: Path | None
) -> None:
    """Raises UserError if the raw files came from elsewhere or have changed there."""
    known = load_origin(raw)
    if not sources:
        return

    given = ",".join(map(str, sources))
    if known.origin != absolute(sources):
        raise UserError(
            f"{raw} came from {known.origin}, not from {given}: remove {raw.parent} or "
            "add --renew to take the other one"
        )
    now = census(sources, table)
    if known.census and now and now != known.census:
        raise UserError(
            f"{raw} is there since {known.since}, made of {known.census.files:,} files "
            f"of {known.census.bytes:,} bytes; {given} now has {now.files:,} of "
            f"{now.bytes:,}: add --renew to take them again"
        )
    if known.labels != ("" if table else labels):
        raise UserError(
            f"{raw} was made with --labels {known.labels or 'not given'}, not "
            f"{labels or 'without'}: add --renew to take it again"
        )
