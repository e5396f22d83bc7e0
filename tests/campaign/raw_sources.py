"""Tiny raw files of every form that download.py takes."""

from __future__ import annotations

import dataclasses
import gzip
import io
import pathlib
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from typing import Literal

import lmdb
import numpy as np
from PIL import Image

COUNT = 24  # images of a form


def pixels(count: int, *shape: int) -> np.ndarray:
    """Returns smooth random images, uint8 [count, *shape]."""
    generator = np.random.default_rng(count)
    coarse = generator.integers(0, 256, (count, 4, 4, *shape[2:]), np.uint8)
    return coarse.repeat(shape[0] // 4, 1).repeat(shape[1] // 4, 2)


def image(array: np.ndarray, form: str) -> bytes:
    """Returns an image file."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, form)
    return file.getvalue()


def images(form: str = "PNG", folder: str = "", width: int = 32) -> dict[str, bytes]:
    """Returns image files by name."""
    array = pixels(COUNT, 32, width, 3)
    return {
        f"{folder}{i:06d}.{form.lower()}": image(array[i], form) for i in range(COUNT)
    }


def labelled() -> dict[str, bytes]:
    """Returns images in two folders, which are their labels."""
    return images(folder="cats/") | images("JPEG", "dogs/")


def paired() -> dict[str, bytes]:
    """Returns images side by side, in folders for training and for tests."""
    return images(folder="train/", width=64) | images(folder="test/", width=64)


def unpaired() -> dict[str, bytes]:
    """Returns images of two domains."""
    return images(folder="trainA/") | images("JPEG", "trainB/")


def idx() -> dict[str, bytes]:
    """Returns MNIST's files."""
    arrays = {
        "train-images-idx3-ubyte.gz": pixels(COUNT, 28, 28),
        "train-labels-idx1-ubyte.gz": (np.arange(COUNT) % 10).astype(np.uint8),
        "t10k-images-idx3-ubyte.gz": pixels(COUNT // 2, 28, 28),
        "t10k-labels-idx1-ubyte.gz": (np.arange(COUNT // 2) % 10).astype(np.uint8),
    }
    return {name: gzip.compress(idx_file(x)) for name, x in arrays.items()}


def idx_file(array: np.ndarray) -> bytes:
    """Returns an array in MNIST's format."""
    head = struct.pack(f">{1 + array.ndim}I", 0x800 | array.ndim, *array.shape)
    return head + array.tobytes()


def cifar_batches(form: str) -> dict[str, bytes]:
    """Returns CIFAR-10's five batches, of its binary or of its Python form."""
    batches = {}
    for i in range(1, 6):
        x = pixels(i + 3, 32, 32, 3).transpose(0, 3, 1, 2).reshape(i + 3, -1)
        y = np.arange(i + 3) % 10
        if form == "bin":
            rows = np.concatenate([y[:, None].astype(np.uint8), x], 1)
            batches[f"data_batch_{i}.bin"] = rows.tobytes()
        else:
            content = {b"data": x, b"labels": y.tolist()}
            batches[f"data_batch_{i}"] = pickle.dumps(content, protocol=2)
    return batches


def faces() -> dict[str, bytes]:
    """Returns CelebA's zip and its list of attributes."""
    array = pixels(COUNT, 32, 32, 3).repeat(6, 1).repeat(5, 2)
    names = [f"{i:06d}.jpg" for i in range(1, COUNT + 1)]
    files = {n: image(array[i], "JPEG") for i, n in enumerate(names)}
    rows = "".join(f"{name} 1 -1\n" for name in names)
    return {
        "img_align_celeba.zip": zipped({f"img/{n}": x for n, x in files.items()}),
        "list_attr_celeba.txt": f"{COUNT}\nMale Smiling\n{rows}".encode(),
    }


def database() -> dict[str, bytes]:
    """Returns LSUN's LMDB."""
    path = pathlib.Path(f"/tmp/lmdb-{np.random.SeedSequence().entropy}")
    path.mkdir()
    try:
        with (
            lmdb.open(str(path), map_size=16 << 20) as environment,
            environment.begin(write=True) as transaction,
        ):
            for i, array in enumerate(pixels(COUNT, 136, 136, 3)):
                name, content = f"{i:040x}", image(array, "WEBP")
                transaction.put(name.encode(), content)
        return {"bedroom_train_lmdb/data.mdb": (path / "data.mdb").read_bytes()}
    finally:
        for file in path.iterdir():
            file.unlink()
        path.rmdir()


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Returns a zip of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(contents: Mapping[str, bytes], mode: Literal["w", "w:gz"] = "w") -> bytes:
    """Returns a tar of files; mode "w:gz" compresses it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@dataclasses.dataclass(frozen=True)
class Form:
    """Raw files, and how the commands name the dataset that they become."""

    contents: Callable[[], Mapping[str, bytes]]
    download: tuple[str, ...]  # what download.py is given beside --source
    damaged: str  # which files are damaged: a pattern in source/
    kind: str = "bytes"  # how: a key of damage.KINDS
    source: str = "source"  # what --source names

    @property
    def name(self) -> str:
        """The dataset's name for convert.py."""
        return self.download[-1]

    def make(self, folder: pathlib.Path) -> None:
        """Writes the files below a folder."""
        for name, content in self.contents().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def packed(name: str, pack: Callable, kind: str) -> Form:
    """Returns a form of one archive of labelled images."""
    return Form(
        lambda: {name: pack(labelled())},
        ("folder", "mine"),
        name,
        kind,
        f"source/{name}",
    )


FOLDER = ("folder", "mine")
CIFAR = ("cifar10",)
FORMS = {
    "png": Form(labelled, FOLDER, "*/*.png", "png"),
    "jpeg": Form(lambda: images("JPEG"), FOLDER, "*.jpeg"),
    "gif": Form(lambda: images("GIF"), FOLDER, "*.gif"),
    "webp": Form(lambda: images("WEBP"), FOLDER, "*.webp"),
    "zip": packed("x.zip", zipped, "zip"),
    "tar": packed("x.tar", tarred, "tar"),
    "tar.gz": packed("x.tar.gz", lambda files: tarred(files, "w:gz"), "tar"),
    "idx": Form(idx, ("mnist",), "*", "idx"),
    "cifar bin": Form(lambda: cifar_batches("bin"), CIFAR, "*", "cifar_bin"),
    "cifar pickle": Form(lambda: cifar_batches("pickle"), CIFAR, "*", "pickle"),
    "cifar tar.gz": Form(
        lambda: {"x.tar.gz": tarred(cifar_batches("pickle"), "w:gz")},
        CIFAR,
        "*",
        "tar",
        "source/x.tar.gz",
    ),
    "celeba zip": Form(faces, ("celeba",), "*.zip", "zip"),
    "celeba attributes": Form(faces, ("celeba",), "*.txt", "text"),
    "pairs": Form(paired, ("paired", "pairs"), "*/*.png", "png"),
    "domains": Form(unpaired, ("unpaired", "domains"), "*/*", "png"),
    "lmdb": Form(database, ("lsun/bedroom",), "*/data.mdb"),
    "stacked": Form(idx, ("stacked_mnist",), "*", "idx"),
}
