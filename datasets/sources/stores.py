"""Where raw bytes are: an array, a folder, a zip archive (lmdb_store.py adds LMDB).

A store is small enough to be sent to a worker process once it is cut down to a shard's
part by `take`. `reader` gives a function from a position to that item's raw bytes, and
`image` makes an image of them.
"""

import contextlib
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from PIL import Image

from datasets.sources import decoding

MAX_FILE_BYTES = 256 << 20
# What a row of a ZipStore's table has of a zipfile.ZipInfo.
ROW = ("header_offset", "compress_size", "file_size", "CRC", "compress_type")
LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature ... name length, extra length
NAMES = 256  # bytes of name and extra field that one read takes along
LOCAL_SIGNATURE = b"PK\x03\x04"
LENGTH = struct.Struct("<Q")

Reader = Callable[[int], bytes]


class Store(Protocol):
    """The raw bytes of a dataset's items, by position."""

    def take(self, positions: Sequence[int]) -> Self: ...

    def reader(self) -> contextlib.AbstractContextManager[Reader]: ...

    def image(self, raw: bytes, enough: int | None = None) -> Image.Image:
        """An item's image; `enough` pixels per side will do, if that is quicker."""
        ...


@dataclass(frozen=True)
class PixelStore:
    """Decoded images, uint8 [count, height, width] or [count, height, width, 3].

    Or points, float32 [count, 2], which have bytes but are no images.
    """

    pixels: np.ndarray

    def take(self, positions: Sequence[int]) -> "PixelStore":
        return PixelStore(self.pixels[positions])

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        yield lambda position: self.pixels[position].tobytes()

    def image(self, raw: bytes, enough: int | None = None) -> Image.Image:
        shape = self.pixels.shape[1:]
        return Image.fromarray(np.frombuffer(raw, np.uint8).reshape(shape))


@dataclass(frozen=True)
class FolderStore:
    """Image files below a folder."""

    root: Path
    names: Sequence[str]

    def take(self, positions: Sequence[int]) -> "FolderStore":
        return FolderStore(self.root, [self.names[i] for i in positions])

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        yield self._read

    def _read(self, position: int) -> bytes:
        with open(os.path.join(self.root, self.names[position]), "rb") as file:
            check_size(os.fstat(file.fileno()).st_size)
            return file.read()

    def image(self, raw: bytes, enough: int | None = None) -> Image.Image:
        return decoding.decode(raw, enough)


@dataclass(frozen=True)
class ZipStore:
    """Members of a zip archive, found through a table with a row for each."""

    path: Path
    table: np.ndarray  # int64 [count, len(ROW)]

    def take(self, positions: Sequence[int]) -> "ZipStore":
        return ZipStore(self.path, self.table[positions])

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        with self.path.open("rb") as file:
            descriptor = file.fileno()
            end = os.fstat(descriptor).st_size
            rows = self.table.tolist()
            yield lambda position: self._read(descriptor, end, *rows[position])

    def _read(
        self, descriptor: int, end: int,
        offset: int, stored: int, size: int, crc: int, method: int,
    ) -> bytes:  # fmt: skip
        check_size(size)
        if not 0 <= offset <= end or not 0 <= stored <= end:
            raise decoding.UnusableError("damaged in the archive")
        member = os.pread(descriptor, LOCAL_HEADER.size + NAMES + stored, offset)
        if len(member) < LOCAL_HEADER.size or not member.startswith(LOCAL_SIGNATURE):
            raise decoding.UnusableError("damaged in the archive")
        _, name, extra = LOCAL_HEADER.unpack_from(member)
        start = LOCAL_HEADER.size + name + extra
        raw = member[start : start + stored]
        if name + extra > NAMES:
            raw = os.pread(descriptor, stored, offset + start)
        if method == zipfile.ZIP_DEFLATED:
            raw = inflate(raw, size)
        if len(raw) != size or zlib.crc32(raw) != crc:
            raise decoding.UnusableError("damaged in the archive")
        return raw

    def image(self, raw: bytes, enough: int | None = None) -> Image.Image:
        return decoding.decode(raw, enough)


@dataclass(frozen=True)
class PairStore:
    """Pairs of items of two stores, as one image of both side by side."""

    left: Store
    right: Store

    def take(self, positions: Sequence[int]) -> "PairStore":
        return PairStore(self.left.take(positions), self.right.take(positions))

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        with self.left.reader() as left, self.right.reader() as right:
            yield lambda position: packed(left(position), right(position))

    def image(self, raw: bytes, enough: int | None = None) -> Image.Image:
        (length,) = LENGTH.unpack_from(raw)
        middle = LENGTH.size + length
        return decoding.joined(
            self.left.image(raw[LENGTH.size : middle]), self.right.image(raw[middle:])
        )


def packed(left: bytes, right: bytes) -> bytes:
    """Two byte strings as one, from which both can be had back."""
    return LENGTH.pack(len(left)) + left + right


def check_size(size: int) -> None:
    """Refuses a file that would fill a worker's memory."""
    if size > MAX_FILE_BYTES:
        raise decoding.UnusableError(f"a file of {size:,} bytes")


def inflate(raw: bytes, size: int) -> bytes:
    """Inflates at most one byte more than promised, so that no bomb goes off."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, size + 1)
    except zlib.error as error:
        raise decoding.UnusableError("damaged in the archive") from error
