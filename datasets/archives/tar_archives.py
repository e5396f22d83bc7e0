"""Tar archives, verified while they are read from start to end."""

import bz2
import contextlib
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from common.errors import UserError
from datasets.archives import limits, member_names, web_pages

# Raised while a damaged header or member is read.
DAMAGED_MEMBER = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
)
COMPRESSIONS: dict[bytes, Callable[[Path], Any]] = {  # by how a file begins
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
TAR_MAGIC = (257, b"ustar")  # where a member's header has it
SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")


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
    """Returns whether a file is named like a tar archive, or begins as one."""
    with path.open("rb") as file:
        start = file.read(512)
    place, magic = TAR_MAGIC
    return (
        path.name.lower().endswith(SUFFIXES)
        or start.startswith(magic, place)
        or start.startswith(tuple(COMPRESSIONS))
    )


def opened(path: Path) -> Any:
    """Returns the stream of a tar's bytes, however it is compressed."""
    with path.open("rb") as file:
        start = file.read(6)
    for magic, opener in COMPRESSIONS.items():
        if start.startswith(magic):
            return opener(path)
    return path.open("rb")


@contextlib.contextmanager
def archive_of(
    path: Path, bounds: limits.Limits
) -> Iterator[tuple[tarfile.TarFile, limits.BoundedStream]]:
    """Yields an archive and the stream of its bytes; UserError for a damaged one."""
    try:
        with opened(path) as unpacked:
            stream = limits.BoundedStream(unpacked, bounds)
            with tarfile.open(path, "r:", cast(IO[bytes], stream)) as archive:
                yield archive, stream
    except UserError:
        raise
    except (*DAMAGED_MEMBER, ValueError) as error:
        raise damaged(path, error) from error
    except OSError as error:
        if error.errno is None:  # of bz2
            raise damaged(path, error) from error
        raise


def damaged(path: Path, error: Exception) -> UserError:
    """Returns the error for an archive that cannot be read."""
    return UserError(f"{path} is damaged, cut short or no tar ({error}): get it again")


def members(path: Path, name: str) -> Iterator[tuple[str, TarMember]]:
    """Yields the names and files of a tar archive in its order.

    Raises:
        UserError: the archive is damaged or a web page, has or unpacks to too much, or
            a member is refused. It is noticed where it lies, so the files before it
            have been yielded.
    """
    if web_pages.is_html(path):
        raise web_pages.html_error(path, name)

    bounds = limits.Limits.of(path)
    meant = Names(path, bounds)
    files: dict[str, tarfile.TarInfo] = {}  # those that hard links may name
    repeated = 0  # bytes that hard links add
    with archive_of(path, bounds) as (archive, stream):
        for count, member in enumerate(archive, 1):
            check_member(path, member)
            file = member
            if member.islnk():
                file = target(path, member, files)
                repeated += file.size
            bounds.check(count, file.offset_data + file.size + repeated)
            if file.isreg():
                files[member.name] = file
                yield meant.of(member.name), TarMember(path, archive, file)
        check_end(archive, stream)


def target(
    path: Path, link: tarfile.TarInfo, files: dict[str, tarfile.TarInfo]
) -> tarfile.TarInfo:
    """Returns the file that a hard link is another name of; it lies before the link."""
    if link.linkname in files:
        return files[link.linkname]
    raise UserError(
        f"{path}: member {link.name!r} is a link to {link.linkname!r}, which is not in "
        "the archive before it; repack the images alone"
    )


class Names:
    """The names in a tar as whoever packed it meant them."""

    def __init__(self, path: Path, bounds: limits.Limits):
        self.path = path
        self.bounds = bounds
        self.codec = ""  # not known before a name that is no ASCII
        self.by_slash = False

    def of(self, name: str) -> str:
        """Returns a member's name; tarfile has it in UTF-8, other bytes escaped."""
        self.by_slash |= "/" in name
        raw = name.encode(errors="surrogateescape")
        if not raw.isascii():
            self.codec = self.codec or self._codec()
            name = raw.decode(self.codec, errors="replace")
        return member_names.separated(name, not self.by_slash)

    def _codec(self) -> str:
        """Returns the encoding of all names, for which the headers are read."""
        with archive_of(self.path, self.bounds) as (archive, _):
            raw = {m.name.encode(errors="surrogateescape") for m in archive}
        codec = member_names.codec(raw)
        member_names.tell(self.path, codec)
        return codec


def check_member(path: Path, member: tarfile.TarInfo) -> None:
    """Raises UserError for a link, a device, or a name that leaves the archive."""
    if member_names.is_outside(member.name):
        problem = "points outside the archive"
    elif not (member.isreg() or member.isdir() or member.islnk()):
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
