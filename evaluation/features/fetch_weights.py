"""Published weights: the user's own copy, or a file that is downloaded once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from common import files
from common.errors import UserError
from datasets.download import tfds_downloads


class WeightsFile(NamedTuple):
    """A published file of weights."""

    url: str
    sha256: str  # of its content, hexadecimal

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]


def read(weights: WeightsFile, directory: Path, copy: Path | None = None) -> bytes:
    """Returns the content of published weights.

    Args:
        weights: where they are published.
        directory: what is missing there is downloaded into it, once.
        copy: the user's own copy, which is read instead.

    Raises:
        UserError: the content is not the published one, or cannot be had.
    """
    if copy is None:
        path = directory / weights.name
        if not path.exists():
            download(weights, path)
        return verify(weights, path, f"{path} is not", "remove it to download it again")

    if not copy.is_file():
        raise UserError(f"--inception {copy} is no file: get {weights.url}")
    return verify(weights, copy, f"{copy} is not", f"get {weights.url}")


def verify(weights: WeightsFile, path: Path, subject: str, remedy: str) -> bytes:
    """Returns a file's content; raises a UserError if its digest is not the right one.

    The error begins with `subject` and ends with `remedy`.
    """
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != weights.sha256:
        raise UserError(
            f"{subject} the published {weights.name} (its SHA-256 is {digest}, "
            f"expected {weights.sha256}): {remedy}"
        )
    return content


def download(weights: WeightsFile, path: Path) -> None:
    """Downloads weights to `path`, which appears by rename; a failure leaves nothing.

    Raises:
        UserError: they cannot be reached, or are not the published ones.
    """
    remedy = (
        f"get {weights.url} elsewhere and put it at {path}, or add --inception PATH"
    )
    with (
        files.lock_directory(path.parent),
        files.scratch(path.with_name("unfinished")) as unfinished,
    ):
        unfinished.mkdir()
        try:
            tfds_downloads.fetch_urls(
                "inception", {path.name: weights.url}, {}, unfinished
            )
            fetched = unfinished / path.name
            content = verify(weights, fetched, "what was downloaded is not", remedy)
            files.write(path, content)
        except UserError as error:
            if remedy in str(error):
                raise
            problem = str(error).rpartition(": ")[0]  # without the remedy for datasets
            raise UserError(f"{problem}: {remedy}") from error
