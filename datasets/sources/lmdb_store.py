"""LMDB databases of image files, the format of LSUN."""

import array
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import lmdb
import numpy as np
from PIL import Image

from common.errors import UserError
from datasets.images import decoding
from datasets.sources import stores


@dataclass(frozen=True)
class Keys(Sequence[str]):
    """Keys in one buffer, which takes half the memory of a list of strings.

    An item is text, and `encode(errors="surrogateescape")` gives the key's bytes back.
    """

    content: bytes
    ends: np.ndarray  # int64 [count]

    @classmethod
    def of(cls, keys: Iterable[bytes]) -> "Keys":
        """Returns the keys in one buffer."""
        content = bytearray()
        ends = array.array("q")
        for key in keys:
            content += key
            ends.append(len(content))
        return cls(bytes(content), np.array(ends, np.int64))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, position: int) -> str:  # type: ignore[override]  # no slices
        return self.raw(position).decode(errors="surrogateescape")

    def raw(self, position: int) -> bytes:
        """Returns one key's bytes."""
        start = self.ends[position - 1] if position else 0
        return self.content[start : self.ends[position]]


@dataclass(frozen=True)
class DatabaseStore:
    """The values of a database, in the order of their keys."""

    path: Path
    keys: Keys

    def take(self, positions: Sequence[int]) -> "DatabaseStore":
        return DatabaseStore(self.path, Keys.of(self.keys.raw(i) for i in positions))

    @contextlib.contextmanager
    def reader(self) -> Iterator[stores.ItemReader]:
        with transaction_of(self.path) as transaction:
            yield lambda position: value(transaction, self.keys.raw(position))

    def image(self, raw: bytes, min_side: int | None = None) -> Image.Image:
        return decoding.decode(raw, min_side)

    def size(self, raw: bytes) -> tuple[int, int] | None:
        return decoding.size_of(raw)


@contextlib.contextmanager
def transaction_of(path: Path) -> Iterator[lmdb.Transaction]:
    """Yields a read-only transaction of a database.

    Raises:
        UserError: the file is cut short, damaged or no database.
    """
    try:
        with lmdb.open(
            str(path), subdir=False, readonly=True, lock=False, readahead=False
        ) as environment:
            whole = environment.stat()["psize"] * (environment.info()["last_pgno"] + 1)
            size = path.stat().st_size
            if size < whole:  # to touch what is missing would be SIGBUS
                raise UserError(
                    f"{path} is cut short, {size:,} of {whole:,} bytes: get it again"
                )

            with environment.begin(buffers=True) as transaction:
                yield transaction
    except lmdb.Error as error:
        empty = path.is_file() and not path.stat().st_size
        problem = "it is empty" if empty else str(error).removeprefix(f"{path}: ")
        raise UserError(
            f"{path} cannot be read as an LMDB ({problem}): get it again"
        ) from error


def keys(path: Path) -> Keys:
    """Returns all keys of a database in its order, at least one."""
    with transaction_of(path) as transaction:
        keys = Keys.of(map(bytes, transaction.cursor().iternext(values=False)))
    if not len(keys):
        raise UserError(f"{path} has no images in it: get it again")
    return keys


def value(transaction: lmdb.Transaction, key: bytes) -> bytes:
    """Returns a copy of one value, empty for a key that is not there."""
    buffer = transaction.get(key, default=b"")
    stores.check_size(len(buffer))
    return bytes(buffer)
