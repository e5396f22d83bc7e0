"""Reads a PyTorch file of weights (.pth) without PyTorch.

A .pth is a pickle, and a pickle can run any program. Here it may load the few types
that a file of weights consists of (ALLOWED), and nothing else. The format is that of
torch/serialization.py, in both forms: a zip archive since PyTorch 1.6, and the legacy
one before that, pickles and then the numbers.
"""

from __future__ import annotations

import collections
import io
import pickle
import zipfile
from typing import Any

import numpy as np

from common.errors import UserError

ZIP = b"PK\x03\x04"  # how an archive begins
HEADERS = 3  # pickles before the weights in a legacy file: magic, version, machine
PICKLE_ERRORS = (
    pickle.UnpicklingError, zipfile.BadZipFile, EOFError, AttributeError, IndexError,
    KeyError, TypeError, ValueError,
)  # fmt: skip


def read(content: bytes, name: str) -> dict[str, np.ndarray]:
    """Returns the arrays in a file's content by name.

    Raises:
        UserError: it is no such file, or damaged; `name` is what the message calls it.
    """
    try:
        state = from_zip(content) if content.startswith(ZIP) else from_legacy(content)
        if not all(isinstance(array, np.ndarray) for array in state.values()):
            raise TypeError("not all of it is arrays")
        return dict(state)
    except PICKLE_ERRORS as error:
        raise UserError(
            f"{name} is no file of PyTorch weights, or a damaged one ({error}): get it "
            "again"
        ) from error


def from_zip(content: bytes) -> Any:
    """Reads a zip archive, which has the numbers of each storage in a member."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (index,) = (m for m in archive.namelist() if m.endswith("/data.pkl"))
        unpickler = Unpickler(io.BytesIO(archive.read(index)))
        state = unpickler.load()
        folder = index.removesuffix(".pkl")
        for key, storage in unpickler.storages.items():
            fill(storage, archive.read(f"{folder}/{key}"))
    return state


def from_legacy(content: bytes) -> Any:
    """Reads a legacy file, which has each storage's length and numbers at the end."""
    file = io.BytesIO(content)
    for _ in range(HEADERS):
        Unpickler(file).load()
    unpickler = Unpickler(file)
    state = unpickler.load()

    for key in Unpickler(file).load():
        storage = unpickler.storages[key]
        file.read(8)  # the length, which the pickle has too
        fill(storage, file.read(storage.nbytes))
    return state


def fill(storage: np.ndarray, content: bytes) -> None:
    """Copies numbers into a storage of which the arrays are views."""
    storage[:] = np.frombuffer(content, storage.dtype)


class Unpickler(pickle.Unpickler):
    """Loads ALLOWED types alone; the numbers in `storages` come after the pickle."""

    def __init__(self, file: io.BytesIO):
        super().__init__(file)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> np.ndarray:
        _, dtype, key, _, count = pid[:5]
        if key not in self.storages:
            self.storages[key] = np.empty(count, dtype)
        return self.storages[key]


def tensor(
    storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...],
    *_: Any,
) -> np.ndarray:  # fmt: skip
    """Returns a view of a storage; offset and strides count numbers.

    Raises:
        ValueError, TypeError: the view is not within the storage.
    """
    size = storage.itemsize
    steps = tuple(stride * size for stride in strides)
    # The constructor checks the bounds, as_strided would not.
    return np.ndarray(shape, storage.dtype, storage, offset * size, steps)


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}
