"""What download.py does: brings a dataset's raw files to data/<name>/raw."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import tqdm

from common import files
from common.errors import UserError
from datasets import catalogue, paths
from datasets.download import network
from datasets.sources import (
    archives,
    digits,
    formats,
    gaussians,
    image_files,
    stacked_mnist,
)

ORIGIN = "origin.json"
BLOCK_BYTES = 1 << 20
OWN = {"folder": "pictures", "paired": "paired", "unpaired": "unpaired"}  # formats


def run(arguments: Sequence[str], source: str | None, data_dir: Path) -> None:
    """`NAME [--source PATH]` or `folder NAME --source PATH`; tells what comes next."""
    match arguments:
        case [kind, name] if kind in OWN:
            entry = new(kind, name, source)
        case [name]:
            entry = catalogue.entry(name, data_dir)
        case _:
            raise UserError(
                f"name one dataset ({catalogue.KNOWN}), or `folder NAME --source PATH` "
                "for your own images (`paired NAME` of pairs, `unpaired NAME` of two "
                f"domains); got {' '.join(arguments) or 'nothing'}"
            )
    raw = fetch(entry, data_dir, *source_paths(entry, source))
    known = origin(raw)
    print(f"{entry.name}: {raw} from {known['origin']} ({entry.terms})")
    if digest := known.get("sha256"):
        print(f"no checksum is published; SHA-256 {digest} is kept in {raw / ORIGIN}")
    print(f"next: python convert.py {entry.name}{paths.flag(data_dir)}")


def new(kind: str, name: str, source: str | None) -> catalogue.Entry:
    """The entry of a user's images, which need a name of their own."""
    paths.check_name(name)
    if name in catalogue.RESERVED:
        raise UserError(f"{name!r} is taken: choose another name for your own images")
    if not source:
        raise UserError(f"{kind} {name}: --source DIR is missing, the images' folder")
    return catalogue.own(name, OWN[kind])


def source_paths(entry: catalogue.Entry, source: str | None) -> list[Path]:
    """What --source names: nothing, a path, or two folders of pairs or domains."""
    if not source:
        return []
    if Path(source).exists() or entry.format not in formats.TWO_SIDED:
        return [Path(source)]
    folders = [Path(folder) for folder in source.split(",")]
    if len(folders) > 2:
        raise UserError(f"--source {source} names {len(folders)} folders: give A and B")
    return folders


def fetch(entry: catalogue.Entry, data_dir: Path, *given: Path) -> Path:
    """The raw files' directory, filled if it is not there yet."""
    paths.names(data_dir)  # refuses a data_dir that is a file
    raw = paths.raw(data_dir, entry.name)
    for path in given:
        if not path.exists():
            raise UserError(f"--source {path} does not exist")
    with files.lock_directory(raw.parent):
        if raw.is_dir():
            check_origin(raw, given)
            return raw
        with files.appearing(raw, raw.with_name(f"{raw.name}.partial")) as partial:
            partial.mkdir()
            came_from = fill(partial, entry, given, data_dir)
            if entry.format in formats.TWO_SIDED:
                formats.read(partial, entry)  # partners and domains are there
            files.write(partial / ORIGIN, json.dumps(came_from))
    return raw


def fill(
    directory: Path, entry: catalogue.Entry, given: Sequence[Path], data_dir: Path
) -> dict[str, str]:
    """Brings the files from where they are; returns what to remember of that."""
    if entry.format == "stacked":
        given = given or stacked_mnist.downloaded(data_dir)
    if given:
        copy(formats.find(given, entry), directory)
        return {"origin": resolved(given)}
    if entry.files:
        network.fetch(entry, directory)
        known = {} if entry.builder else {"sha256": digest(directory / entry.files[0])}
        if entry.unpacked:
            unpack(entry, directory)
        return {"origin": entry.url or f"tensorflow_datasets {entry.builder}", **known}
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


def digest(path: Path) -> str:
    """A file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(entry: catalogue.Entry, directory: Path) -> None:
    """Puts what is in fetched archives in their place."""
    for name in entry.files:
        copy(formats.find([directory / name], entry), directory)
        (directory / name).unlink()


def resolved(given: Sequence[Path]) -> str:
    """What is remembered of --source."""
    return ",".join(str(path.resolve()) for path in given)


def origin(raw: Path) -> dict[str, str]:
    """Where raw files came from: `origin`, and `sha256` where nobody publishes it."""
    try:
        return json.loads((raw / ORIGIN).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(
            f"{raw} was not made by download.py: move its files elsewhere, remove it "
            "and name them with --source"
        ) from error


def check_origin(raw: Path, given: Sequence[Path]) -> None:
    """Raises UserError if what is there came from elsewhere."""
    known = origin(raw)["origin"]
    if given and known != resolved(given):
        raise UserError(
            f"{raw} came from {known}, not from {','.join(map(str, given))}: remove "
            f"{raw.parent} to take the other one"
        )


def copy(
    found: Iterable[tuple[str, image_files.File | zipfile.Path]], directory: Path
) -> None:
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
            except archives.CUT as error:
                raise UserError(f"{file} is damaged ({error}): get it again") from error
