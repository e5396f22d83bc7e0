"""Zip archives, verified before use; their images are read in place."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from common.errors import UserError
from datasets.archives import limits, member_names, web_pages

ENCRYPTED = 0x1
UTF8 = 0x800
UNIX = 3  # the system on which a member was packed
# An extra field with the name in UTF-8: identifier, size, version, CRC-32 of the name.
UNICODE_NAME = struct.Struct("<HHBI")
UNICODE_NAME_ID = 0x7075
READABLE_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# Raised by zipfile for a directory that is damaged or of a later version.
UNREADABLE_ZIP = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError)
MAX_ZIP_BYTES = 1 << 62  # sizes and offsets of a zip64 above this are damaged


def members(path: Path, name: str) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yields the files of a zip archive and their names, in the order of its directory.

    Raises:
        UserError: the archive is damaged or a web page, has or unpacks to too much, or
            a member is refused.
    """
    if web_pages.is_html(path):
        raise web_pages.html_error(path, name)

    bounds = limits.Limits.of(path)
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            for count, member in enumerate(infos, 1):
                check_sizes(member)
                check_member(path, member)
                unpacked += member.file_size
                bounds.check(count, unpacked)
            for meant, member in zip(names(path, infos), infos, strict=True):
                if not meant.endswith("/"):
                    yield meant, member
    except UNREADABLE_ZIP as error:
        state = "empty" if not path.stat().st_size else "damaged, cut short or no zip"
        raise UserError(f"{path} is {state} ({error}): get it again") from error


def content(path: Path, member: zipfile.ZipInfo) -> bytes:
    """Returns a member's bytes; UserError for a damaged or overlong one."""
    if member.file_size > limits.MAX_READ:
        raise UserError(
            f"{path}: {member.filename} has {member.file_size:,} bytes, over the limit "
            f"of {limits.MAX_READ:,}: unpack it and name the folder"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{path} is damaged ({error}): get it again") from error


def names(path: Path, infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Returns the members' names as whoever packed them meant them."""
    unknown = [i for i in infos if not i.flag_bits & UTF8 and not unicode_name(i)]
    codec = member_names.codec({raw_name(info) for info in unknown})
    member_names.tell(path, codec)
    by_slash = any("/" in info.filename for info in infos)

    texts = []
    for info in infos:
        text = info.filename
        if not info.flag_bits & UTF8:
            text = unicode_name(info) or raw_name(info).decode(codec, errors="replace")
        of_windows = info.create_system != UNIX or not by_slash
        texts.append(member_names.separated(text, of_windows))
    return texts


def raw_name(info: zipfile.ZipInfo) -> bytes:
    """Returns the bytes of a name that is not said to be UTF-8: zipfile reads CP437."""
    return info.filename.encode("cp437")


def unicode_name(info: zipfile.ZipInfo) -> str:
    """Returns the name in the extra field of Info-ZIP and others; empty without."""
    extra = info.extra
    while len(extra) >= UNICODE_NAME.size:
        kind, size, _, crc = UNICODE_NAME.unpack_from(extra)
        content = extra[4 : 4 + size]
        if kind == UNICODE_NAME_ID and crc == zlib.crc32(raw_name(info)):
            return content[5:].decode(errors="replace")
        extra = extra[4 + size :]
    return ""


def check_sizes(member: zipfile.ZipInfo) -> None:
    """Raises BadZipFile for numbers that no archive has and int64 may not hold."""
    numbers = (member.header_offset, member.compress_size, member.file_size)
    if max(numbers) > MAX_ZIP_BYTES:
        raise zipfile.BadZipFile("Corrupt zip64 extra field")


def check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Raises UserError for a link, encryption, or a name that leaves the archive."""
    if member_names.is_outside(member.filename):
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
