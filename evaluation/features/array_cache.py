"""Arrays kept beside the shards for the next time, in files that show any change.

A file is an .npz with the arrays and a JSON text: the recipe that they were made by,
and the SHA-256 of recipe and arrays. A file that is damaged, was changed, is of another
recipe or has no SHA-256 is not taken over: its arrays are made again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging

from common import files

ABOUT = "about"  # the JSON text among the arrays

Recipe = Mapping[str, Any]  # all that the arrays depend on, as JSON takes it
Arrays = Mapping[str, np.ndarray]


def keep(path: Path, recipe: Recipe, arrays: Arrays) -> None:
    """Writes arrays to a file; where that is not allowed, it says so and goes on."""
    about = {"recipe": recipe, "sha256": sha256(recipe, arrays)}
    content: dict[str, Any] = {**arrays, ABOUT: np.array(json.dumps(about))}
    file = io.BytesIO()
    np.savez(file, **content)
    try:
        files.write(path, file.getbuffer())
    except OSError as error:
        logging.warning("%s is not kept for the next time: %s", path, error)


def load(path: Path, recipe: Recipe) -> dict[str, np.ndarray] | None:
    """Returns the arrays that `keep` wrote by this recipe, or None if there are none.

    Says so where the file is not as `keep` wrote it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        about, arrays = decode(content)
        if about["sha256"] != sha256(about["recipe"], arrays):
            raise ValueError("its content does not have its SHA-256")
    except Exception as error:  # zipfile, zlib, NumPy and JSON have a dozen kinds
        logging.warning(
            "%s is damaged, or of an earlier version, and made again (%s)", path, error
        )
        return None
    return arrays if about["recipe"] == recipe else None


def decode(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Returns a file's JSON text, parsed, and its arrays by name."""
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    return json.loads(str(arrays.pop(ABOUT))), arrays


def sha256(recipe: Recipe, arrays: Arrays) -> str:
    """Returns the SHA-256 of a recipe and of arrays by name, whatever their order."""
    whole = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        whole.update(f"{name} {array.dtype.str} {array.shape}".encode())
        whole.update(array.tobytes())
    return whole.hexdigest()
