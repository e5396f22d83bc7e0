"""What download.py does: brings a dataset's raw files to data/<name>/raw."""

import json
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import tqdm

import files
from datasets import catalogue, digits, network, points, sources, stacked, storage
from errors import UserError

ORIGIN = "origin.json"
BLOCK_BYTES = 1 << 20


def run(arguments: Sequence[str], source: str | None, data_dir: Path) -> None:
    """`NAME [--source PATH]` or `folder NAME --source PATH`; tells what comes next."""
    match arguments:
        case ["folder", name]:
            entry = new_folder(name, source)
        case [name]:
            entry = catalogue.entry(name, data_dir)
        case _:
            raise UserError(
                f"name one dataset ({catalogue.KNOWN}), or `folder NAME --source PATH` "
                f"for your own images; got {' '.join(arguments) or 'nothing'}"
            )
    raw = fetch(entry, data_dir, Path(source) if source else None)
    print(f"{entry.name}: {raw} from {origin(raw)} ({entry.terms})")
    print(f"next: python convert.py {entry.name}{storage.flag(data_dir)}")


def new_folder(name: str, source: str | None) -> catalogue.Entry:
    """The entry of a user's images, which need a name of their own."""
    storage.check_name(name)
    if name in catalogue.RESERVED:
        raise UserError(f"{name!r} is taken: choose another name for your own images")
    if not source:
        raise UserError(f"folder {name}: --source DIR is missing, the images' folder")
    return catalogue.Entry(name, "pictures")


def fetch(entry: catalogue.Entry, data_dir: Path, source: Path | None = None) -> Path:
    """The raw files' directory, filled if it is not there yet."""
    storage.names(data_dir)  # refuses a data_dir that is a file
    raw = storage.raw(data_dir, entry.name)
    if source and not source.exists():
        raise UserError(f"--source {source} does not exist")
    with storage.locked(raw.parent):
        if raw.is_dir():
            check_origin(raw, source)
            return raw
        with storage.appearing(raw) as partial:
            if entry.format == "stacked":
                source = source or stacked.downloaded(data_dir)
            came_from = fill(partial, entry, source)
            files.write(partial / ORIGIN, json.dumps({"origin": came_from}))
    return raw


def fill(directory: Path, entry: catalogue.Entry, source: Path | None) -> str:
    """Brings the files from where they are; returns what to remember of that."""
    if source:
        copy(sources.find(source, entry), directory)
        return str(source.resolve())
    if entry.builder:
        network.fetch(entry, directory)
        if entry.unpacked:
            unpack(entry, directory)
        return f"tensorflow_datasets {entry.builder}"
    if entry.format in ("digits", "stacked"):
        copy(digits.bundled(), directory)
        return "scikit-learn"
    if entry.format == "points":
        points.generate(directory, entry)
        return "a fixed seed"
    raise UserError(
        f"{entry.name} is not to be had from the network: add --source PATH, a folder "
        "or zip of its images"
    )


def unpack(entry: catalogue.Entry, directory: Path) -> None:
    """Puts what is in fetched archives in their place."""
    for name in entry.files:
        copy(sources.find(directory / name, entry), directory)
        (directory / name).unlink()


def origin(raw: Path) -> str:
    """Where raw files came from."""
    try:
        return json.loads((raw / ORIGIN).read_text(encoding="utf-8"))["origin"]
    except FileNotFoundError as error:
        raise UserError(
            f"{raw} was not made by download.py: move its files elsewhere, remove it "
            "and name them with --source"
        ) from error


def check_origin(raw: Path, source: Path | None) -> None:
    """Raises UserError if what is there came from elsewhere."""
    known = origin(raw)
    if source and known != str(source.resolve()):
        raise UserError(
            f"{raw} came from {known}, not from {source}: remove {raw.parent} to take "
            "the other one"
        )


def copy(found: Iterable[tuple[str, Path | zipfile.Path]], directory: Path) -> None:
    """Copies files, or members of archives, to their names below a directory."""
    with tqdm.tqdm(desc="copying", unit="B", unit_scale=True, disable=None) as bar:
        for name, file in found:
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with file.open("rb") as source, target.open("wb") as sink:
                    while block := source.read(BLOCK_BYTES):
                        sink.write(block)
                        bar.update(len(block))
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise UserError(f"{file} is damaged ({error}): get it again") from error
