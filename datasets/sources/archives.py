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
# What is raised while a member of a zip or a tar is read.
CUT = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)
TARS = (".tar", ".tar.gz", ".tgz")
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What zipfile raises for a directory that is damaged or of a later version.
NO_ZIP = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError)
LARGEST = 1 << 62  # bytes that a zip64 may be said to have
HTML = re.compile(rb"<!doctype html|<html|<head", re.IGNORECASE)
DRIVE = re.compile(rb"google|quota|too many users", re.IGNORECASE)


def is_html(path: Path) -> bool:
    """Whether a file is a web page, whatever its name says."""
    with path.open("rb") as file:
        return bool(HTML.search(file.read(1024)))


def html_error(path: Path, name: str) -> UserError:
    """What to tell someone whose archive is a web page."""
    with path.open("rb") as file:
        drive = DRIVE.search(file.read(1 << 16))
    cause = "Google Drive's download quota was exceeded" if drive else "a server error"
    return UserError(
        f"{path.name} is a web page (HTML), not an archive: {cause}. Delete it, get "
        "the real file with a browser or try again tomorrow, then `python download.py "
        f"{name} --source PATH`"
    )


def zip_members(path: Path, name: str) -> Iterator[zipfile.ZipInfo]:
    """The members of a zip archive that is whole and names nothing outside itself."""
    if is_html(path):
        raise html_error(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                check_member(path, member)
                yield member
    except NO_ZIP as error:
        state = "empty" if not path.stat().st_size else "damaged, cut short or no zip"
        raise UserError(f"{path} is {state} ({error}): get it again") from error


def check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuses names that point outside the archive, links and encryption."""
    if max(member.header_offset, member.compress_size, member.file_size) > LARGEST:
        raise zipfile.BadZipFile("Corrupt zip64 extra field")
    if is_outside(member.filename):
        problem = "points outside the archive"
    elif stat.S_ISLNK(member.external_attr >> 16):
        problem = "is a link"
    elif member.flag_bits & ENCRYPTED:
        problem = "is encrypted"
    elif member.compress_type not in READABLE:
        problem = f"uses compression method {member.compress_type}"
    else:
        return
    raise UserError(
        f"{path}: member {member.filename!r} {problem}; repack the images alone "
        "with an ordinary zip program"
    )


def is_outside(name: str) -> bool:
    """Whether a member's name leads out of the folder that it is unpacked to."""
    name = name.replace("\\", "/")
    return name.startswith("/") or ".." in name.split("/") or name[1:2] == ":"


@dataclass(frozen=True)
class TarMember:
    """A file in a tar archive that is being read."""

    path: Path
    archive: tarfile.TarFile
    member: tarfile.TarInfo

    def open(self, mode: str) -> IO[bytes]:
        """Its content; it has to be read before the next member is asked for."""
        return tarfile.ExFileObject(self.archive, self.member)

    def __str__(self) -> str:
        return f"{self.path}: {self.member.name}"


def is_tar(path: Path) -> bool:
    """Whether a file is named like a tar archive."""
    return path.name.lower().endswith(TARS)


def tar_files(path: Path, name: str) -> Iterator[tuple[str, TarMember]]:
    """The files of a tar archive by name, which is whole and names nothing outside."""
    if is_html(path):
        raise html_error(path, name)
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    try:
        with (
            gzip.open(path) if zipped else path.open("rb") as stream,
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
    except CUT as error:
        raise UserError(
            f"{path} is damaged, cut short or no tar ({error}): get it again"
        ) from error


def check_tar_member(path: Path, member: tarfile.TarInfo) -> None:
    """Refuses names that point outside the archive, links and devices."""
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
    """Raises what the archive lacks: its end mark, or a gzip's own end and checksum."""
    stream.seek(archive.offset)
    mark = stream.read(tarfile.BLOCKSIZE)
    if mark != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("it has no end mark")
    while stream.read(1 << 20):
        pass
