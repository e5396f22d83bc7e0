"""The directory of a zip archive (PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.5).

zipfile makes an object of 700 bytes for each member and keeps them all, which for a
million images is most of what a conversion takes. Here they come one after the other.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Signature, 2 disks, 2 counts, the directory's bytes and offset, the comment's bytes.
END = struct.Struct("<4s4H2LH")
END_SIGNATURE = b"PK\x05\x06"
MAX_COMMENT = 0xFFFF
# Before it in a zip64: signature, 5 fields, 2 counts, the directory's bytes and offset,
# and then a locator.
END64 = struct.Struct("<4sQ2H2L4Q")
END64_SIGNATURE = b"PK\x06\x06"
LOCATOR_BYTES = 20
# Signature, version needed, flags, method, CRC-32, stored bytes, bytes, the lengths of
# name, extra fields and comment, attributes, offset; these three follow.
ENTRY = struct.Struct("<4s2xBx2H4x3L3H4xLL")
ENTRY_SIGNATURE = b"PK\x01\x02"
NEWEST = 63  # version 6.3; what a later one changes is not known
UTF8 = 0x800  # the flag of a name that is no cp437
FULL = 0xFFFFFFFF  # stands for a number that is in an extra field
EXTRA = struct.Struct("<2H")  # an extra field's kind and bytes
ZIP64 = 1  # the kind that has them
LARGEST = 1 << 62  # bytes that an archive may be said to have


class DamagedError(ValueError):
    """Why a file's directory cannot be read."""


class Member(NamedTuple):
    """A file in an archive, or a folder."""

    name: str
    flags: int
    mode: int  # st_mode, of archives made on Unix
    method: int
    crc: int
    stored: int  # bytes
    size: int  # bytes, inflated
    offset: int  # bytes before the local header


def members(path: Path) -> Iterator[Member]:
    """The members of an archive in its directory's order; DamagedError if it has none.

    What is put before an archive, as is the program of one that unpacks itself, is
    skipped.
    """
    if path.stat().st_size < END.size:
        raise DamagedError("File is not a zip file")
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        try:
            yield from entries(data, *directory(data))
        except struct.error as error:
            raise DamagedError("Truncated central directory") from error
        except UnicodeDecodeError as error:
            raise DamagedError(f"Bad name: {error}") from error


def directory(data: mmap.mmap) -> tuple[int, int, int]:
    """Where the directory starts and ends, and how many bytes precede the archive."""
    last = len(data) - END.size
    end = data.rfind(END_SIGNATURE, max(0, last - MAX_COMMENT), last + 4)
    if end < 0:
        raise DamagedError("File is not a zip file")
    *_, size, offset, _ = END.unpack_from(data, end)
    larger = end - LOCATOR_BYTES - END64.size
    if larger >= 0 and data[larger:end].startswith(END64_SIGNATURE):
        end = larger
        *_, size, offset = END64.unpack_from(data, end)
    if size > end:
        raise DamagedError("Bad offset for central directory")
    return end - size, end, end - size - offset


def entries(data: mmap.mmap, at: int, end: int, before: int) -> Iterator[Member]:
    """The members that a directory lists."""
    while at < end:
        (
            signature, version, flags, method, crc, stored, size, name_bytes,
            extra_bytes, comment_bytes, attributes, offset,
        ) = ENTRY.unpack_from(data, at)  # fmt: skip
        if signature != ENTRY_SIGNATURE:
            raise DamagedError("Bad magic number for central directory")
        if version > NEWEST:
            raise DamagedError(f"zip file version {version / 10}")
        at += ENTRY.size + name_bytes
        name = data[at - name_bytes : at]
        unicode = flags & UTF8 or name.isascii()  # utf-8 is much quicker than cp437
        if FULL in (stored, size, offset):
            extra = data[at : at + extra_bytes]
            size, stored, offset = enlarged(extra, size, stored, offset)
        at += extra_bytes + comment_bytes
        yield Member(
            name.decode("utf-8" if unicode else "cp437").partition("\0")[0], flags,
            attributes >> 16, method, crc, stored, size, before + offset,
        )  # fmt: skip
    if at > end:
        raise DamagedError("Truncated central directory")


def enlarged(extra: bytes, *numbers: int) -> Iterator[int]:
    """Numbers of 32 bits, those that do not fit taken from a zip64's extra field."""
    at = 0
    while at < len(extra):
        kind, length = EXTRA.unpack_from(extra, at)
        at += EXTRA.size
        if kind == ZIP64:
            larger = struct.iter_unpack("<Q", extra[at : at + length])
            for number in numbers:
                (number,) = next(larger, (FULL,)) if number == FULL else (number,)
                if number > LARGEST:
                    raise DamagedError("Corrupt zip64 extra field")
                yield number
            return
        at += length
    yield from numbers
