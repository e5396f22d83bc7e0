"""The work of download.py: a dataset's raw files come to data/<name>/raw."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import tqdm

from common import files
from common.errors import UserError
from datasets import catalogue, paths
from datasets.archives import tar_archives
from datasets.download import tfds_downloads
from datasets.sources import (
    digits,
    formats,
    gaussians,
    image_files,
    stacked_mnist,
)

ORIGIN = "origin.json"
COPY_BYTES = 1 << 20  # at a time
# The formats of the user's own images, by the word of the command line.
OWN_FORMATS = {"folder": "pictures", "paired": "paired", "unpaired": "unpaired"}


def run(arguments: Sequence[str], source: str | None, data_dir: Path) -> None:
    """Runs `NAME [--source PATH]` or `KIND NAME --source PATH`; names the next step."""
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

    raw = fetch(entry, data_dir, *source_paths(entry, source))
    origin = load_origin(raw)
    print(f"{entry.name}: {raw} from {origin['origin']} ({entry.terms})")
    if digest := origin.get("sha256"):
        print(f"no checksum is published; SHA-256 {digest} is kept in {raw / ORIGIN}")
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


def fetch(entry: catalogue.Entry, data_dir: Path, *sources: Path) -> Path:
    """Fills the raw files' directory if it is not there yet, and returns it.

    Args:
        entry: the dataset's.
        data_dir: of all datasets.
        sources: the user's files; none for the network.

    Raises:
        UserError: the files are missing, damaged or not to be downloaded, or came from
            elsewhere before.
    """
    paths.names(data_dir)  # raises if data_dir is a file
    raw = paths.raw(data_dir, entry.name)
    for path in sources:
        if not path.exists():
            raise UserError(f"--source {path} does not exist")

    with files.lock_directory(raw.parent):
        if raw.is_dir():
            check_origin(raw, sources)
            return raw
        with files.appearing(raw, raw.with_name(f"{raw.name}.partial")) as partial:
            partial.mkdir()
            origin = fill(partial, entry, sources, data_dir)
            formats.read(partial, entry)  # raises for wrong labels, missing partners
            files.write(partial / ORIGIN, json.dumps(origin))
    return raw


def fill(
    directory: Path, entry: catalogue.Entry, sources: Sequence[Path], data_dir: Path
) -> dict[str, str]:
    """Copies, downloads or generates the files; returns the content of origin.json."""
    if entry.format == "stacked":
        sources = sources or stacked_mnist.downloaded(data_dir)
    if sources:
        copy(formats.find(sources, entry), directory)
        return {"origin": absolute(sources)}

    if entry.files:
        tfds_downloads.fetch(entry, directory)
        origin = {"origin": entry.url or f"tensorflow_datasets {entry.builder}"}
        if not entry.builder:
            origin["sha256"] = sha256(directory / entry.files[0])
        if entry.unpacked:
            unpack(entry, directory)
        return origin

    if entry.format in ("digits", "stacked"):
        copy(digits.bundled(), directory)
        return {"origin": "scikit-learn"}
    if entry.format == "points":
        gaussians.generate(directory, entry)
        return {"origin": "a fixed seed"}
    raise UserError(
        f"{entry.name} is not to be had from the network: add --source PATH, a folder "
        "or archive of its images"
    )


def sha256(path: Path) -> str:
    """Returns a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(entry: catalogue.Entry, directory: Path) -> None:
    """Replaces downloaded archives by their files."""
    for name in entry.files:
        copy(formats.find([directory / name], entry), directory)
        (directory / name).unlink()


def absolute(sources: Sequence[Path]) -> str:
    """Returns the absolute paths of --source, separated by commas."""
    return ",".join(str(path.resolve()) for path in sources)


def load_origin(raw: Path) -> dict[str, str]:
    """Reads origin.json: `origin` of the files, and `sha256` if none is published."""
    try:
        return json.loads((raw / ORIGIN).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(
            f"{raw} was not made by download.py: move its files elsewhere, remove it "
            "and name them with --source"
        ) from error


def check_origin(raw: Path, sources: Sequence[Path]) -> None:
    """Raises UserError if the raw files came from elsewhere."""
    origin = load_origin(raw)["origin"]
    if sources and origin != absolute(sources):
        raise UserError(
            f"{raw} came from {origin}, not from {','.join(map(str, sources))}: remove "
            f"{raw.parent} to take the other one"
        )


def copy(
    named_files: Iterable[tuple[str, image_files.File | zipfile.Path]],
    directory: Path,
) -> None:
    """Copies files, or members of archives, to their names below a directory."""
    with tqdm.tqdm(desc="copying", unit="B", unit_scale=True, disable=None) as bar:
        for name, file in named_files:
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with file.open("rb") as source, target.open("wb") as sink:
                    while block := source.read(COPY_BYTES):
                        sink.write(block)
                        bar.update(len(block))
            except (*tar_archives.DAMAGED_MEMBER, zipfile.BadZipFile) as error:
                raise UserError(f"{file} is damaged ({error}): get it again") from error
