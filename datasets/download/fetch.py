"""The work of download.py: a dataset's raw files come to data/<name>/raw."""

import datetime
import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from common import files
from common.errors import UserError
from common.progress import Progress
from datasets import catalogue, contents, origin, paths
from datasets.archives import tar_archives
from datasets.download import tfds_downloads, user_sources
from datasets.sources import (
    digits,
    formats,
    gaussians,
    image_files,
    selection,
    stacked_mnist,
)

COPY_BYTES = 1 << 20  # at a time
# The formats of the user's own images, by the word of the command line.
OWN_FORMATS = {"folder": "pictures", "paired": "paired", "unpaired": "unpaired"}


@dataclass(frozen=True)
class DownloadOptions:
    """The flags of download.py."""

    source: str | None = None
    labels: str = ""  # a file, or of origin.Origin
    renew: bool = False


def run(arguments: Sequence[str], source: str | None, data_dir: Path) -> None:
    """Runs `NAME [--source PATH]` or `KIND NAME --source PATH` without other flags."""
    run_with(arguments, DownloadOptions(source), data_dir)


def run_with(
    arguments: Sequence[str], options: DownloadOptions, data_dir: Path
) -> None:
    """Runs `NAME` or `KIND NAME`; prints what came and names the next step."""
    source = options.source
    match arguments:
        case [kind, name] if kind in OWN_FORMATS:
            entry = new_entry(kind, name, source)
        case [name]:
            entry = catalogue.entry(name, data_dir)
        case _:
            raise UserError(
                f"name one dataset ({catalogue.ALL_NAMES}), or `folder NAME --source "
                "PATH` for your own images (`paired NAME` of pairs, `unpaired NAME` of "
                f"two domains); got {' '.join(arguments) or 'nothing'}"
            )

    there = paths.raw(data_dir, entry.name).is_dir() and not options.renew
    sources = source_paths(entry, source)
    raw = fetch(entry, data_dir, *sources, labels=options.labels, renew=options.renew)
    known = user_sources.load_origin(raw)
    count = f", {known.census.files:,} files" if known.census else ""
    state = f"already there since {known.since or 'before'}{count}, " if there else ""
    print(f"{entry.name}: {raw} {state}from {known.origin} ({entry.terms})")
    if known.sha256:
        file = raw / origin.ORIGIN
        print(f"no checksum is published; SHA-256 {known.sha256} is kept in {file}")

    for line in contents.of_raw(formats.read(raw, entry), known.left).lines():
        print(line)
    print(f"next: python convert.py {entry.name}{paths.flag(data_dir)}")


def new_entry(kind: str, name: str, source: str | None) -> catalogue.Entry:
    """Returns the entry of a user's images; UserError without a name of their own."""
    paths.check_name(name)
    if name in catalogue.RESERVED:
        raise UserError(f"{name!r} is taken: choose another name for your own images")
    if not source:
        raise UserError(f"{kind} {name}: --source DIR is missing, the images' folder")
    return catalogue.own_entry(name, OWN_FORMATS[kind])


def source_paths(entry: catalogue.Entry, source: str | None) -> list[Path]:
    """Returns the paths of --source: none, one, or two folders of pairs or domains."""
    if not source:
        return []
    if Path(source).exists() or entry.format not in formats.TWO_FOLDERS:
        return [Path(source)]
    folders = [Path(folder) for folder in source.split(",")]
    if len(folders) > 2:
        raise UserError(f"--source {source} names {len(folders)} folders: give A and B")
    return folders


def fetch(
    entry: catalogue.Entry,
    data_dir: Path,
    *sources: Path,
    labels: str = "",
    renew: bool = False,
) -> Path:
    """Fills the raw files' directory if it is not there yet, and returns it.

    Args:
        entry: the dataset's.
        data_dir: of all datasets.
        sources: the user's files; none for the network.
        labels: a file that has them, or of origin.Origin.
        renew: replaces what is there.

    Raises:
        UserError: the files are missing, damaged or not to be downloaded, or came from
            elsewhere before.
    """
    paths.names(data_dir)  # raises if data_dir is a file
    raw = paths.raw(data_dir, entry.name)
    for path in sources:
        if not path.exists():
            raise UserError(f"--source {path} does not exist")
        user_sources.check_apart(path, raw)
    table = user_sources.label_table(labels, entry, sources)

    with files.lock_directory(raw.parent):
        if raw.is_dir() and not renew:
            user_sources.check_origin(raw, sources, labels, table)
            return raw
        with files.appearing(raw, raw.with_name(f"{raw.name}.partial")) as partial:
            partial.mkdir()
            known = fill(partial, entry, sources, data_dir)
            if table:
                shutil.copyfile(table, partial / f"{image_files.LABELS}{table.suffix}")
            now = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
            words = "" if table else labels
            counted = user_sources.census(sources, table)
            known = replace(
                known, since=now, census=counted, labels=words,
                left=user_sources.without_table(known.left, table, sources),
            )  # fmt: skip
            known.save(partial)
            formats.read(partial, entry)  # raises for wrong labels, missing partners
    return raw


def fill(
    directory: Path, entry: catalogue.Entry, sources: Sequence[Path], data_dir: Path
) -> origin.Origin:
    """Copies, downloads or generates the files; returns where they are from."""
    left = selection.Leftovers()
    if entry.format == "stacked":
        sources = sources or stacked_mnist.downloaded(data_dir)
    if sources:
        copy(formats.find(sources, entry, left), directory)
        return origin.Origin(user_sources.absolute(sources), left=left.as_json())

    if entry.files:
        tfds_downloads.fetch(entry, directory)
        digest = "" if entry.builder else sha256(directory / entry.files[0])
        if entry.unpacked:
            unpack(entry, directory, left)
        return origin.Origin(
            entry.url or f"tensorflow_datasets {entry.builder}",
            sha256=digest,
            left=left.as_json(),
        )

    if entry.format in ("digits", "stacked"):
        copy(digits.bundled(), directory)
        return origin.Origin("scikit-learn")
    if entry.format == "points":
        gaussians.generate(directory, entry)
        return origin.Origin("a fixed seed")
    raise UserError(
        f"{entry.name} is not to be had from the network: add --source PATH, a folder "
        "or archive of its images"
    )


def sha256(path: Path) -> str:
    """Returns a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(entry: catalogue.Entry, directory: Path, left: selection.Leftovers) -> None:
    """Replaces downloaded archives by their files."""
    for name in entry.files:
        copy(formats.find([directory / name], entry, left), directory)
        (directory / name).unlink()


def copy(
    named_files: Iterable[tuple[str, image_files.File | zipfile.Path]],
    directory: Path,
) -> None:
    """Copies files, or members of archives, to their names below a directory."""
    copied: dict[Any, Path] = {}  # which hard links may name again
    with Progress(desc="bytes copied", unit="B", unit_scale=True) as bar:
        for name, file in named_files:
            target = directory / name
            source_file = copied.get(file, file)
            if isinstance(file, tar_archives.TarMember):
                copied[file] = target
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with source_file.open("rb") as source, target.open("wb") as sink:
                    while block := source.read(COPY_BYTES):
                        sink.write(block)
                        bar.update(len(block))
            except (*tar_archives.DAMAGED_MEMBER, zipfile.BadZipFile) as error:
                raise UserError(f"{file} is damaged ({error}): get it again") from error
