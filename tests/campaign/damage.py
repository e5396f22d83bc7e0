"""Damages to files, by the kind of file that they are done to."""

from __future__ import annotations

import functools
import gzip
import io
import json
import pathlib
import pickle
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# From the content, and that of another file of the same kind, to the new content.
Damage = Callable[[bytes, bytes, random.Random], bytes]


def cut(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns the beginning of a file, as a full disk leaves it."""
    return content[: rng.randrange(len(content) or 1)]


def flip(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Flips one bit."""
    changed = bytearray(content)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def zero(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Zeroes all from some place on, as a power cut leaves it."""
    start = rng.choice([0, rng.randrange(len(content))])
    return content[:start] + bytes(len(content) - start)


def noise(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns random bytes of the same length."""
    return rng.randbytes(len(content))


ANY: dict[str, Damage] = {
    "empty": lambda content, other, rng: b"",
    "cut": cut,
    "bit": flip,
    "zeroed": zero,
    "noise": noise,
    "web page": lambda content, other, rng: b"<!DOCTYPE html><html>503</html>\n",
    "longer": lambda content, other, rng: content + rng.randbytes(100),
    "another's": lambda content, other, rng: other,
}
STRANGE = (
    None, True, -1, 0, 10**30, 1e308, float("nan"), float("inf"), "", "../outside/x",
    "x" * 10_000, [], {}, [[]], {"": None}, "\u202e\x00\n",
)  # fmt: skip


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yields the path of every value within a JSON value, but not its own."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def edited(
    content: bytes, rng: random.Random, edit: Callable[[Any, Any], None]
) -> bytes:
    """Returns JSON in which `edit(container, key)` was done at a random place.

    The outer ones of the places are as likely as all the others.
    """
    value = json.loads(content)
    paths = list(places(value))
    *path, key = rng.choice(
        [p for p in paths if len(p) == 1] if rng.random() < 0.5 else paths
    )
    edit(functools.reduce(lambda inside, k: inside[k], path, value), key)
    return json.dumps(value).encode()


def retyped(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Puts a value of another type or size somewhere."""
    strange = rng.choice(STRANGE)
    return edited(content, rng, lambda inside, key: inside.__setitem__(key, strange))


def missing(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Leaves a key or an element out."""
    return edited(content, rng, lambda inside, key: inside.__delitem__(key))


def led_out(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Makes a text lead out of its folder."""
    return edited(
        content, rng,
        lambda inside, key: inside.__setitem__(key, "../outside/x"),
    )  # fmt: skip


def huge(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Makes one of the numbers huge."""
    value = json.loads(content)
    numbers = []
    for *path, key in places(value):
        inside = functools.reduce(lambda inside, k: inside[k], path, value)
        if isinstance(inside[key], (int, float)):
            numbers.append((inside, key))
    if numbers:
        inside, key = rng.choice(numbers)
        inside[key] = rng.choice([10**9, 2**63, 10**30, 1e308])
    return json.dumps(value).encode()


JSON: dict[str, Damage] = ANY | {
    "retyped": retyped,
    "retyped again": retyped,
    "retyped once more": retyped,
    "missing key": missing,
    "missing another key": missing,
    "leads out": led_out,
    "huge": huge,
    "huge again": huge,
    "null": lambda content, other, rng: b"null",
    "a list": lambda content, other, rng: b"[1, 2]",
    "a number": lambda content, other, rng: b"1e999",
    "brackets": lambda content, other, rng: b"[" * 100_000,
    "braces": lambda content, other, rng: b'{"a":' * 100_000,
    "digits": lambda content, other, rng: b"1" * 100_000,
    "latin": lambda content, other, rng: content[:-9] + b"\xff\xfe" + content[-9:],
}


def on_line(damage: Damage) -> Damage:
    """Returns a damage to one line of a file."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        lines = content.splitlines()
        i = rng.randrange(len(lines))
        lines[i] = damage(lines[i], other, rng)
        return b"\n".join(lines) + b"\n"

    return changed


JSON_LINES = ANY | {
    name: on_line(damage) for name, damage in JSON.items() if name not in ANY
}


def array_file(array: np.ndarray) -> bytes:
    """Returns an array as a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def array_of(content: bytes) -> np.ndarray:
    """Returns the array of a .npy file."""
    return np.load(io.BytesIO(content))


ARRAY: dict[str, Damage] = ANY | {
    "another shape": lambda c, other, rng: array_file(array_of(c)[..., :1]),
    "no rows": lambda c, other, rng: array_file(array_of(c)[:0]),
    "a scalar": lambda c, other, rng: array_file(np.float32(1)),
    "nan": lambda c, other, rng: array_file(array_of(c) * np.float32("nan")),
    "float64": lambda c, other, rng: array_file(array_of(c).astype(np.float64)),
    "text": lambda c, other, rng: array_file(array_of(c).astype(str)),
    "objects": lambda c, other, rng: array_file(np.array([{}, []], object)),
    "terabytes": lambda c, other, rng: c.replace(b"(", b"(10000000000, ", 1),
}


def arrays(edit: Callable[[np.ndarray, random.Random], np.ndarray]) -> Damage:
    """Returns a damage to one array of a .npz file, which is well-formed after it."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        with np.load(io.BytesIO(content), allow_pickle=True) as archive:
            contents = dict(archive)
        name = rng.choice(sorted(contents))
        contents[name] = edit(contents[name], rng)
        file = io.BytesIO()
        np.savez(file, **contents)
        return file.getvalue()

    return changed


def without_one(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Leaves an array of a .npz file out."""
    with np.load(io.BytesIO(content), allow_pickle=True) as archive:
        contents = dict(archive)
    del contents[rng.choice(sorted(contents))]
    file = io.BytesIO()
    np.savez(file, **contents)
    return file.getvalue()


ARRAYS: dict[str, Damage] = ANY | {
    "other numbers": arrays(lambda x, rng: x * 2 if x.dtype.kind in "fiu" else x[:0]),
    "other numbers too": arrays(lambda x, rng: np.zeros_like(x)),
    "nan": arrays(lambda x, rng: np.full(x.shape, np.nan, np.float32)),
    "another shape": arrays(lambda x, rng: x[..., None]),
    "no rows": arrays(lambda x, rng: np.atleast_1d(x)[:0]),
    "objects": arrays(lambda x, rng: np.array([{}], object)),
    "an array missing": without_one,
}


def shards(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns the same records in another order; their CRCs are right."""
    half = len(content) // 2
    return content[half:] + content[:half]


SHARD = ANY | {"another order": shards}


def labels(bad: Any) -> Damage:
    """Returns a damage to the labels of a CIFAR batch in Python's form."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        batch = pickle.loads(content)
        values = list(batch[b"labels"])
        values[rng.randrange(len(values))] = bad
        return pickle.dumps(batch | {b"labels": values}, protocol=2)

    return changed


class Attack:
    """Leaves a file behind if it is unpickled."""

    def __reduce__(self):
        return open, ("../outside", "w")


PICKLE: dict[str, Damage] = ANY | {
    "label -1": labels(-1),
    "label nan": labels(float("nan")),
    "label 12": labels(12),
    "label 0.5": labels(0.5),
    "label huge": labels(10**30),
    "label a text": labels("cat"),
    "label a list": labels([1]),
    "no labels": lambda c, o, rng: pickle.dumps({b"data": pickle.loads(c)[b"data"]}, 2),
    "a list": lambda c, o, rng: pickle.dumps([1, 2], 2),
    "code": lambda c, o, rng: pickle.dumps({b"data": Attack(), b"labels": []}, 2),
    "floats": lambda c, o, rng: pickle.dumps(
        {**pickle.loads(c), b"data": pickle.loads(c)[b"data"] * 0.5}, 2
    ),
}
CIFAR_BIN: dict[str, Damage] = ANY | {
    "label 12": lambda c, o, rng: b"\x0c" + c[1:],
    "label 255": lambda c, o, rng: b"\xff" + c[1:],
}


def header(position: int, number: int) -> Damage:
    """Returns a damage to one of the numbers at the head of an idx file."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        inside = bytearray(gzip.decompress(content))
        inside[position : position + 4] = number.to_bytes(4, "big")
        return gzip.compress(bytes(inside))

    return changed


def gzipped(damage: Damage) -> Damage:
    """Returns a damage to what is inside a gzip."""
    return lambda c, o, rng: gzip.compress(damage(gzip.decompress(c), o, rng))


IDX: dict[str, Damage] = ANY | {
    "count huge": header(4, 2**32 - 1),
    "count 0": header(4, 0),
    "magic": header(0, 0x0D03),
    "label 200": gzipped(lambda c, o, rng: c[:-1] + b"\xc8"),
    "cut inside": gzipped(cut),
    "gigabytes": lambda c, o, rng: gzip.compress(bytes(1 << 28), 1) * 16,
}


def member(name: str, **changes: Any) -> Damage:
    """Returns a tar to which a member was added that should not be there."""

    def changed(content: bytes, other: bytes, rng: random.Random) -> bytes:
        info = tarfile.TarInfo(name)
        for key, value in changes.items():
            setattr(info, key, value)
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
        return file.getvalue()

    return changed


def sparse(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns a small tar whose only member has two gigabytes, nearly all a hole."""
    info = tarfile.TarInfo("train/000000.png")
    info.size = 512
    info.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1",
        "GNU.sparse.name": "train/000000.png", "GNU.sparse.size": str(2 << 30),
        "GNU.sparse.numblocks": "1", "GNU.sparse.map": "0,512",
    }  # fmt: skip
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(bytes(512)))
    return file.getvalue()


TAR: dict[str, Damage] = ANY | {
    "a way out": member("../../outside/x.png", size=10),
    "an absolute name": member("/tmp/campaign-outside/x.png", size=10),
    "a link": member("x.png", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a device": member("x.png", type=tarfile.CHRTYPE),
    "a fifo": member("x.png", type=tarfile.FIFOTYPE),
    "a hole": sparse,
    "gigabytes": member("x.png", size=3 << 28),
}


def zip_member(name: str, content: bytes = b"x", link: bool = False) -> Damage:
    """Returns a zip to which a member was added that should not be there."""

    def changed(old: bytes, other: bytes, rng: random.Random) -> bytes:
        file = io.BytesIO(old)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = (0o120777 if link else 0o100644) << 16
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(info, content)
        return file.getvalue()

    return changed


ZIP: dict[str, Damage] = ANY | {
    "a way out": zip_member("../../outside/x.png"),
    "an absolute name": zip_member("/tmp/campaign-outside/x.png"),
    "a link": zip_member("x.png", b"/etc/passwd", link=True),
    "gigabytes": zip_member("x.png", bytes(3 << 28)),
}


def png_size(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Makes a PNG claim a billion pixels."""
    return content[:16] + (30_000).to_bytes(4, "big") * 2 + content[24:]


KINDS: dict[str, dict[str, Damage]] = {
    "bytes": ANY,
    "json": JSON,
    "json lines": JSON_LINES,
    "array": ARRAY,
    "arrays": ARRAYS,
    "shard": SHARD,
    "pickle": PICKLE,
    "cifar_bin": CIFAR_BIN,
    "idx": IDX,
    "tar": TAR,
    "zip": ZIP,
    "png": ANY | {"a billion pixels": png_size},
    "text": ANY | {"a number": lambda c, o, rng: c.replace(b"1", b"7" * 40, 3)},
}
IN_PLACE = ("removed", "a folder", "a dead link")


def names(kind: str) -> list[str]:
    """Returns the names of the damages that are done to a kind of file."""
    return [*KINDS[kind], *IN_PLACE]


def do(
    path: pathlib.Path, kind: str, name: str, other: bytes, rng: random.Random
) -> None:
    """Damages a file, or what `kind` says is one of many."""
    if name not in IN_PLACE:
        path.write_bytes(KINDS[kind][name](path.read_bytes(), other, rng))
        return
    path.unlink()
    if name == "a folder":
        path.mkdir()
    elif name == "a dead link":
        path.symlink_to("nowhere")
