"""Tar archives, verified while they are read from start to end."""

import gzip
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from common.errors import UserError
from datasets.archives import limits, member_names, web_pages

# Raised while a damaged header or member is read.
DAMAGED_MEMBER = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)
SUFFIXES = (".tar", ".tar.gz", ".tgz")


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
    return path.name.lower().endswith(SUFFIXES)


def members(path: Path, name: str) -> Iterator[tuple[str, TarMember]]:
    """Yields the names and files of a tar archive in its order.

    Raises:
        UserError: the archive is damaged or a web page, has or unpacks to too much, or
            a member is refused. It is noticed where it lies, so the files before it
            have been yielded.
    """
    if web_pages.is_html(path):
        raise web_pages.html_error(path, name)
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"

    bounds = limits.Limits.of(path)
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as unpacked:
            stream = limits.BoundedStream(cast(IO[bytes], unpacked), bounds)
            with tarfile.open(path, "r:", cast(IO[bytes], stream)) as archive:
                for count, member in enumerate(archive, 1):
                    check_member(path, member)
                    bounds.check(count, member.offset_data + member.size)
                    if member.isreg():
                        yield (
                            posixpath.normpath(member.name),
                            TarMember(path, archive, member),
                        )
                check_end(archive, stream)
    except UserError:
        raise
    except (*DAMAGED_MEMBER, ValueError) as error:
        raise UserError(
            f"{path} is damaged, cut short or no tar ({error}): get it again"
        ) from error


def check_member(path: Path, member: tarfile.TarInfo) -> None:
    """Raises UserError for a link, a device, or a name that leaves the archive."""
    if member_names.is_outside(member.name):
        problem = "points outside the archive"
    elif not (member.isreg() or member.isdir()):
        problem = "is a link or a device"
    elif member.issparse():
        problem = "is sparse: it has holes that take no room in the archive"
    else:
        return
    raise UserError(
        f"{path}: member {member.name!r} {problem}; repack the images alone"
    )


def check_end(archive: tarfile.TarFile, stream: limits.BoundedStream) -> None:
    """Raises an error if the end mark or, of a gzip, end or checksum are missing."""
    stream.seek(archive.offset)
    mark = stream.read(tarfile.BLOCKSIZE)
    if mark != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("it has no end mark")
    while stream.read(1 << 20):
        stream.seek(stream.tell())  # raises beyond the limit
