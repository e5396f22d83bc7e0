"""Damages to raw files: wrong labels and sizes, archives that lead out or swell."""

from __future__ import annotations

import gzip
import io
import pickle
import random
import tarfile
import zipfile
from typing import Any

from any_damage import ANY, Damage, cut


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

    def __reduce__(self) -> tuple[Any, ...]:
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
    "gigabytes": member("x.png", size=600 << 20),
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
    "gigabytes": zip_member("x.png", bytes(600 << 20)),
}


def png_size(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Makes a PNG claim a billion pixels."""
    return content[:16] + (30_000).to_bytes(4, "big") * 2 + content[24:]


PNG = ANY | {"a billion pixels": png_size}
TEXT: dict[str, Damage] = ANY | {
    "a number": lambda c, o, rng: c.replace(b"1", b"7" * 40, 3),
}
