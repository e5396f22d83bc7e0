"""Zip archives, verified before use; their images are read in place."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from common.errors import UserError
from datasets.archives import limits, member_names, web_pages

ENCRYPTED = 0x1
READABLE_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# Raised by zipfile for a directory that is damaged or of a later version.
UNREADABLE_ZIP = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError)
MAX_ZIP_BYTES = 1 << 62  # sizes and offsets of a zip64 above this are damaged


def members(path: Path, name: str) -> Iterator[zipfile.ZipInfo]:
    """Yields the members of a zip archive in the order of its directory.

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
            for count, member in enumerate(archive.infolist(), 1):
                check_sizes(member)
                check_member(path, member)
                unpacked += member.file_size
                bounds.check(count, unpacked)
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
