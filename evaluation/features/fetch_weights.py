"""Where published weights are: named by the user, downloaded before, or fetched now."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from common import files
from common.errors import UserError
from datasets.download import network


class Source(NamedTuple):
    """A published file."""

    url: str
    sha256: str

    @property
    def file(self) -> str:
        """Its name."""
        return self.url.rpartition("/")[2]


def content(source: Source, directory: Path, given: Path | None = None) -> bytes:
    """The published file's content, from the user's copy or from a directory.

    What is missing in the directory is downloaded into it, once.

    Raises:
        UserError: the file is another one, or is neither there nor to be had.
    """
    path = given or directory / source.file
    if given and not given.is_file():
        raise UserError(f"--inception {given} is no file: get {source.url}")
    if not path.exists():
        download(source, path)
    remedy = f"get {source.url}" if given else "remove it to download it again"
    return checked(source, path, f"{path} is not", remedy)


def checked(source: Source, path: Path, subject: str, remedy: str) -> bytes:
    """A file's content, if it has the published digest."""
    found = path.read_bytes()
    digest = hashlib.sha256(found).hexdigest()
    if digest != source.sha256:
        raise UserError(
            f"{subject} the published {source.file} (its SHA-256 is {digest}, "
            f"expected {source.sha256}): {remedy}"
        )
    return found


def download(source: Source, path: Path) -> None:
    """Fetches the file; it appears by rename, and nothing stays of a failure."""
    remedy = f"get {source.url} elsewhere and put it at {path}, or add --inception PATH"
    with (
        files.lock_directory(path.parent),
        files.scratch(path.with_name("unfinished")) as unfinished,
    ):
        unfinished.mkdir()
        try:
            network.fetch_urls("inception", {path.name: source.url}, {}, unfinished)
            fetched = unfinished / path.name
            files.write(
                path, checked(source, fetched, "what was downloaded is not", remedy)
            )
        except UserError as error:
            if remedy in str(error):
                raise
            problem = str(error).rpartition(": ")[0]  # without the remedy for datasets
            raise UserError(f"{problem}: {remedy}") from error
