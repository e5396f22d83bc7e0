"""Zip archives, verified before use and read in place; tars, verified while read."""

import gzip
import posixpath
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from common.errors import UserError

ENCRYPTED = 0x1
# Raised while a damaged member of a zip or a tar is read.
DAMAGED_MEMBER = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
READABLE_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# Raised by zipfile for a directory that is damaged or of a later version.
UNREADABLE_ZIP = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError)
MAX_ZIP_BYTES = 1 << 62  # sizes and offsets of a zip64 above this are damaged
HTML_START = re.compile(rb"<!doctype html|<html|<head", re.IGNORECASE)
DRIVE_PAGE = re.compile(rb"google|quota|too many users", re.IGNORECASE)


def is_html(path: Path) -> bool:
    """Returns whether a file is a web page, whatever its name."""
    with path.open("rb") as file:
        return bool(HTML_START.search(file.read(1024)))


def html_error(path: Path, name: str) -> UserError:
    """Returns the error for an archive that is a web page."""
    with path.open("rb") as file:
        drive = DRIVE_PAGE.search(file.read(1 << 16))
    cause = "Google Drive's download quota was exceeded" if drive else "a server error"
    return UserError(
        f"{path.name} is a web page (HTML), not an archive: {cause}. Delete it, get "
        "the real file with a browser or try again tomorrow, then `python download.py "
        f"{name} --source PATH`"
    )


def zip_members(path: Path, name: str) -> Iterator[zipfile.ZipInfo]:
    """Yields the members of a zip archive in the order of its directory.

    Raises:
        UserError: the archive is damaged or a web page, or a member is refused.
    """
    if is_html(path):
        raise html_error(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                check_sizes(member)
                check_member(path, member)
                yield member
    except UNREADABLE_ZIP as error:
        state = "empty" if not path.stat().st_size else "damaged, cut short or no zip"
        raise UserError(f"{path} is {state} ({error}): get it again") from error


def check_sizes(member: zipfile.ZipInfo) -> None:
    """Raises BadZipFile for numbers that no archive has and int64 may not hold."""
    numbers = (member.header_offset, member.compress_size, member.file_size)
    if max(numbers) > MAX_ZIP_BYTES:
        raise zipfile.BadZipFile("Corrupt zip64 extra field")


def check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Raises UserError for a link, encryption, or a name that leaves the archive."""
    if is_outside(member.filename):
        problem = "points outside the archive"
    elif stat.S_ISLNK(member.external_attr >> 16):
        problem = "is a link"
    elif member.flag_bits & ENCRYPTED:
        problem = "is encrypted"
    elif member.compress_type not in READABLE_METHODS:
        problem = f"uses compression method {member.compress_type}"
    else:
        return
    raise UserError(
        f"{path}: member {member.filename!r} {problem}; repack the images alone "
        "with an ordinary zip program"
    )


def is_outside(name: str) -> bool:
    """Returns whether a member's name leads out of the folder it is unpacked to."""
    name = name.replace("\\", "/")
    return name.startswith("/") or ".." in name.split("/") or name[1:2] == ":"


@dataclass(frozen=True)
class TarMember:
    """A file in a tar archive that is being read."""

    path: Path
    archive: tarfile.TarFile
    member: tarfile.TarInfo

    def open(self, mode: str) -> IO[bytes]:
        """Returns the file's content, readable until the next member is taken."""
        return tarfile.ExFileObject(self.archive, self.member)

    def __str__(self) -> str:
        return f"{self.path}: {self.member.name}"


def is_tar(path: Path) -> bool:
    """Returns whether a file is named like a tar archive."""
    return path.name.lower().endswith(TAR_SUFFIXES)


def tar_files(path: Path, name: str) -> Iterator[tuple[str, TarMember]]:
    """Yields the names and files of a tar archive in its order.

    Raises:
        UserError: the archive is damaged or a web page, or a member is refused. Damage
            is noticed where it lies, so the files before it have been yielded.
    """
    if is_html(path):
        raise html_error(path, name)
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"

    try:
        with (
            gzip.open(path) if is_gzip else path.open("rb") as stream,
            tarfile.open(path, "r:", stream) as archive,
        ):
            for member in archive:
                check_tar_member(path, member)
                if member.isreg():
                    yield (
                        posixpath.normpath(member.name),
                        TarMember(path, archive, member),
                    )
            check_end(archive, stream)
    except DAMAGED_MEMBER as error:
        raise UserError(
            f"{path} is damaged, cut short or no tar ({error}): get it again"
        ) from error


def check_tar_member(path: Path, member: tarfile.TarInfo) -> None:
    """Raises UserError for a link, a device, or a name that leaves the archive."""
    if is_outside(member.name):
        problem = "points outside the archive"
    elif not (member.isreg() or member.isdir()):
        problem = "is a link or a device"
    else:
        return
    raise UserError(
        f"{path}: member {member.name!r} {problem}; repack the images alone"
    )


def check_end(archive: tarfile.TarFile, stream: IO[bytes] | gzip.GzipFile) -> None:
    """Raises an error if the end mark or, of a gzip, end or checksum are missing."""
    stream.seek(archive.offset)
    mark = stream.read(tarfile.BLOCKSIZE)
    if mark != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("it has no end mark")
    while stream.read(1 << 20):
        pass
