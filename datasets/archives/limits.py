"""Bounds of what an archive may unpack to, against those made to fill a disk."""

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from common.errors import UserError

MAX_MEMBERS = 5_000_000  # LSUN's bedrooms are 3 million
MAX_UNPACKED = 1 << 40  # bytes
MAX_RATIO = 500  # of unpacked bytes to the archive's own; images have about 1
SMALL = 256 << 20  # unpacked bytes that any archive may have
MAX_READ = 192 << 20  # bytes that are in memory at a time


@dataclass(frozen=True)
class Limits:
    """What an archive of some size may hold."""

    path: Path
    archive_bytes: int

    @classmethod
    def of(cls, path: Path) -> "Limits":
        """Returns the limits of an archive."""
        return cls(path, path.stat().st_size)

    @property
    def unpacked_bytes(self) -> int:
        """The bytes that the archive may unpack to."""
        return min(MAX_UNPACKED, max(SMALL, MAX_RATIO * self.archive_bytes))

    def check(self, members: int, unpacked: int) -> None:
        """Raises UserError for more members or unpacked bytes than the limit."""
        if members > MAX_MEMBERS:
            problem = f"has over {MAX_MEMBERS:,} members, the limit"
        elif unpacked > self.unpacked_bytes:
            problem = (
                f"of {self.archive_bytes:,} bytes unpacks to {unpacked:,} or more; the "
                f"limit is {self.unpacked_bytes:,} ({MAX_RATIO} times its size, at "
                f"least {SMALL:,} and at most {MAX_UNPACKED:,})"
            )
        else:
            return
        raise UserError(
            f"{self.path} {problem}: if you trust it, unpack it and name the folder"
        )


class BoundedStream:
    """The unpacked bytes of a tar archive, which end in an error beyond its limits."""

    def __init__(self, stream: IO[bytes], limits: Limits):
        self.stream = stream
        self.limits = limits

    def read(self, size: int) -> bytes:
        """Returns the next bytes; tarfile asks for a whole header at a time."""
        if size > MAX_READ:
            raise tarfile.ReadError(f"a header of {size:,} bytes, over {MAX_READ:,}")
        return self.stream.read(size)

    def seek(self, position: int) -> int:
        """Goes to a position, for which a compressed archive is unpacked so far."""
        self.limits.check(0, position)
        return self.stream.seek(position)

    def tell(self) -> int:
        return self.stream.tell()
