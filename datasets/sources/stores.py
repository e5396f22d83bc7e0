"""Stores of raw bytes: an array, a folder, a zip archive; LMDB is in lmdb_store.py.

`take` narrows a store to the items of a shard, and then it is small enough to be sent
to a worker process. `reader` yields a function from a position to that item's raw
bytes, and `image` decodes them.
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

from datasets.images import decoding

MAX_FILE_BYTES = 256 << 20
# Attributes of zipfile.ZipInfo that are the columns of a ZipStore's table.
ZIP_COLUMNS = ("header_offset", "compress_size", "file_size", "CRC", "compress_type")
LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature ... name length, extra length
LOCAL_NAME_BYTES = 256  # of name and extra field, in one read with header and content
LOCAL_SIGNATURE = b"PK\x03\x04"
LENGTH = struct.Struct("<Q")

ItemReader = Callable[[int], bytes]


class Store(Protocol):
    """The raw bytes of a dataset's items, by position."""

    def take(self, positions: Sequence[int]) -> Self: ...

    def reader(self) -> contextlib.AbstractContextManager[ItemReader]: ...

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        """Returns an item's image, or a reduced one of `min_side` pixels or more."""
        ...

    def size(self, raw: bytes) -> tuple[int, int] | None:
        """Returns the width and height of an item; None for a point or no image."""
        ...


@dataclass(frozen=True)
class PixelStore:
    """An array of images, uint8 [count, height, width] or [count, height, width, 3].

    Or of points, float32 [count, 2], which have bytes but are no images.
    """

    pixels: np.ndarray

    def take(self, positions: Sequence[int]) -> "PixelStore":
        return PixelStore(self.pixels[positions])

    @contextlib.contextmanager
    def reader(self) -> Iterator[ItemReader]:
        yield lambda position: self.pixels[position].tobytes()

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        shape = self.pixels.shape[1:]
        return Image.fromarray(np.frombuffer(raw, np.uint8).reshape(shape))

    def size(self, raw: bytes) -> tuple[int, int] | None:
        _, *shape = self.pixels.shape
        return (shape[1], shape[0]) if len(shape) > 1 else None


@dataclass(frozen=True)
class FolderStore:
    """Image files below a folder."""

    root: Path
    names: Sequence[str]

    def take(self, positions: Sequence[int]) -> "FolderStore":
        return FolderStore(self.root, [self.names[i] for i in positions])

    @contextlib.contextmanager
    def reader(self) -> Iterator[ItemReader]:
        yield self._read

    def _read(self, position: int) -> bytes:
        with open(os.path.join(self.root, self.names[position]), "rb") as file:
            check_size(os.fstat(file.fileno()).st_size)
            return file.read()

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        return decoding.decode(raw, min_side)

    def size(self, raw: bytes) -> tuple[int, int] | None:
        return decoding.size_of(raw)


@dataclass(frozen=True)
class ZipStore:
    """Members of a zip archive, with a table of where each of them lies."""

    path: Path
    table: np.ndarray  # int64 [count, len(ZIP_COLUMNS)]

    def take(self, positions: Sequence[int]) -> "ZipStore":
        return ZipStore(self.path, self.table[positions])

    @contextlib.contextmanager
    def reader(self) -> Iterator[ItemReader]:
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

        length = LOCAL_HEADER.size + LOCAL_NAME_BYTES + stored
        member = os.pread(descriptor, length, offset)
        if len(member) < LOCAL_HEADER.size or not member.startswith(LOCAL_SIGNATURE):
            raise decoding.UnusableError("damaged in the archive")

        _, name, extra = LOCAL_HEADER.unpack_from(member)
        start = LOCAL_HEADER.size + name + extra
        raw = member[start : start + stored]
        if name + extra > LOCAL_NAME_BYTES:
            raw = os.pread(descriptor, stored, offset + start)

        if method == zipfile.ZIP_DEFLATED:
            raw = inflate(raw, size)
        if len(raw) != size or zlib.crc32(raw) != crc:
            raise decoding.UnusableError("damaged in the archive")
        return raw

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        return decoding.decode(raw, min_side)

    def size(self, raw: bytes) -> tuple[int, int] | None:
        return decoding.size_of(raw)


@dataclass(frozen=True)
class PairStore:
    """Pairs of items of two stores; an image has both side by side."""

    left: Store
    right: Store

    def take(self, positions: Sequence[int]) -> "PairStore":
        return PairStore(self.left.take(positions), self.right.take(positions))

    @contextlib.contextmanager
    def reader(self) -> Iterator[ItemReader]:
        with self.left.reader() as left, self.right.reader() as right:
            yield lambda position: pack(left(position), right(position))

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        (length,) = LENGTH.unpack_from(raw)
        middle = LENGTH.size + length
        return decoding.join_halves(
            self.left.image(raw[LENGTH.size : middle]), self.right.image(raw[middle:])
        )

    def size(self, raw: bytes) -> tuple[int, int] | None:
        (length,) = LENGTH.unpack_from(raw)
        return self.left.size(raw[LENGTH.size : LENGTH.size + length])


def pack(left: bytes, right: bytes) -> bytes:
    """Returns two byte strings as one, which begins with the length of the first."""
    return LENGTH.pack(len(left)) + left + right


def check_size(size: int) -> None:
    """Raises UnusableError for a file that would fill a worker's memory."""
    if size > MAX_FILE_BYTES:
        raise decoding.UnusableError(f"a file of {size:,} bytes")


def inflate(raw: bytes, size: int) -> bytes:
    """Inflates at most one byte more than `size`, so that no bomb fills the memory."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, size + 1)
    except zlib.error as error:
        raise decoding.UnusableError("damaged in the archive") from error
