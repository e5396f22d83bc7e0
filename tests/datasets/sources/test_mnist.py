import gzip
import struct

import numpy as np
import pytest
from drawn_files import files_below

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch
from datasets.sources import formats, mnist, selection

ENTRY = catalogue.CATALOGUE["mnist"]
X = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
Y = np.array([7, 0, 9], np.uint8)


def packed(array):
    head = struct.pack(f">{1 + array.ndim}I", 0x800 | array.ndim, *array.shape)
    return head + array.tobytes()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(packed(X)))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(packed(Y)))
    return tmp_path


def test_images_and_labels_are_read(folder):
    items = mnist.read(folder, ENTRY)
    assert items.labels.tolist() == [7, 0, 9]
    with items.store.reader() as read:
        np.testing.assert_array_equal(items.store.image(read(1)), X[1])


@pytest.mark.parametrize("spelling", ["{}-idx{}-ubyte", "{}.idx{}-ubyte"])
def test_unpacked_files_are_found(tmp_path, spelling):
    (tmp_path / spelling.format("train-images", 3)).write_bytes(packed(X))
    (tmp_path / spelling.format("train-labels", 1)).write_bytes(packed(Y))
    assert len(list(mnist.find(tmp_path, ENTRY, selection.Leftovers()))) == 2


IMAGES = "train-images-idx3-ubyte.gz"
DAMAGE = {
    "magic number is 0x00000801": gzip.compress(packed(Y) + bytes(20)),
    "2,351 bytes of data where its header promises 2,352": gzip.compress(
        packed(X)[:-1]
    ),
    "2,353 bytes": gzip.compress(packed(X) + b"x"),
    "is damaged": gzip.compress(packed(X))[:-20],
    "is cut short": gzip.compress(b"\0\0"),
    "2 images and train-labels-idx1-ubyte.gz 3 labels": gzip.compress(packed(X[:2])),
    "magic number is 0x3c68746d": b"<html>a page saved under the name of the file",
}


@pytest.mark.parametrize("problem", DAMAGE)
def test_damaged_files_are_refused(folder, problem):
    (folder / IMAGES).write_bytes(DAMAGE[problem])
    with pytest.raises(UserError, match=problem):
        list(mnist.find(folder, ENTRY, selection.Leftovers()))


def test_a_label_beyond_the_classes_is_refused(folder):
    labels = folder / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(packed(Y + 1)))
    with pytest.raises(UserError, match=r"label 10 of number 2 is not .* 0 to 9"):
        mnist.read(folder, ENTRY)


def test_a_missing_file_is_named(folder):
    (folder / IMAGES).unlink()
    with pytest.raises(UserError, match=r"has no train-images-idx3-ubyte\.gz"):
        mnist.read(folder, ENTRY)


TESTED = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@pytest.fixture
def tested(folder):
    """The same folder with two test images."""
    for name, array in zip(TESTED, (X[1:] // 2, Y[1:]), strict=True):
        (folder / name).write_bytes(gzip.compress(packed(array)))
    return folder


def test_the_test_split_is_a_part_behind_the_training_split(tested):
    assert [name for name, _ in mnist.find(tested, ENTRY, selection.Leftovers())][
        2:
    ] == list(TESTED)
    items = mnist.read(tested, ENTRY)
    assert items.labels.tolist() == [7, 0, 9, 0, 9]
    assert {part: of.tolist() for part, of in items.parts.items()} == {
        "train": [0, 1, 2], "test": [3, 4],
    }  # fmt: skip
    with items.store.reader() as read:
        np.testing.assert_array_equal(items.store.image(read(3)), X[1] // 2)


@pytest.mark.parametrize("missing", TESTED)
def test_half_a_test_split_is_left_out(tested, missing):
    (tested / missing).unlink()
    assert len(list(mnist.find(tested, ENTRY, selection.Leftovers()))) == 2
    assert len(mnist.read(tested, ENTRY)) == 3


def test_a_damaged_test_split_is_refused(tested):
    (tested / TESTED[0]).write_bytes(gzip.compress(packed(X)))
    with pytest.raises(UserError, match=r"3 images and t10k-labels.* 2 labels"):
        list(mnist.find(tested, ENTRY, selection.Leftovers()))


def test_the_test_split_leaves_the_training_shards_as_they_were(
    tested, tmp_path_factory
):
    infos = []
    for name in ("with", "without"):
        data_dir = tmp_path_factory.mktemp(name)
        fetch.run(["mnist"], str(tested), data_dir)
        options = converter.ConversionOptions(workers=1)
        infos.append(converter.convert(ENTRY, data_dir, options))
        (tested / TESTED[0]).unlink(missing_ok=True)
    both, alone = infos
    assert (both.parts, alone.parts) == (("train", "test"), ("train",))
    assert both.part("train").shards == alone.shards
    assert (both.count, both.fingerprint) == (alone.count, alone.fingerprint)


def converted(source, data_dir, name="mnist"):
    fetch.run([name], str(source), data_dir)
    return formats.read(data_dir / name / "raw", catalogue.CATALOGUE[name])


def pixels(items, position):
    with items.store.reader() as read:
        return np.asarray(items.store.image(read(position)))


@pytest.mark.parametrize("depth", ["", "archive/", "a/train-images-idx3-ubyte/"])
def test_a_zip_or_an_unpacked_one_is_read(tmp_path, zipped, depth):
    contents = {
        f"{depth}train-images-idx3-ubyte": packed(X),
        f"{depth}train-labels-idx1-ubyte": packed(Y),
    }
    for source in (zipped(contents), files_below(tmp_path / "x", contents)):
        items = converted(source, tmp_path / f"data{source.suffix}")
        assert items.labels.tolist() == Y.tolist()
        np.testing.assert_array_equal(pixels(items, 2), X[2])


def test_the_file_of_keras_is_read(tmp_path):
    file = tmp_path / "x" / "mnist.npz"
    file.parent.mkdir()
    np.savez(file, x_train=X, y_train=Y, x_test=X[:1], y_test=Y[:1])
    for source in (file, file.parent):
        items = converted(source, tmp_path / f"data{source.suffix}")
        assert items.labels.tolist() == [7, 0, 9, 7]
        assert {part: len(at) for part, at in items.parts.items()} == {
            "train": 3,
            "test": 1,
        }


@pytest.mark.parametrize("y", [Y[:2], np.array([7.0, 0.5, 9.0]), None])
def test_a_damaged_file_of_keras_is_refused(tmp_path, y):
    file = tmp_path / "mnist.npz"
    arrays = {"x_train": X, "y_train": y, "x_test": X, "y_test": Y}
    np.savez(file, **{key: array for key, array in arrays.items() if array is not None})
    with pytest.raises(UserError, match=r"npz is not Keras's|label 0\.5 .*0 to 9"):
        converted(file, tmp_path.parent / f"{tmp_path.name}-data")


def test_letters_of_emnist_stand_upright_and_begin_at_a(tmp_path):
    prefix = "emnist-letters"
    contents = {}
    for split in ("train", "test"):
        contents |= {
            f"{prefix}-{split}-images-idx3-ubyte.gz": gzip.compress(packed(X)),
            f"{prefix}-{split}-labels-idx1-ubyte.gz": gzip.compress(
                packed(np.array([1, 26, 2], np.uint8))
            ),
        }
    items = converted(files_below(tmp_path / "x", contents), tmp_path / "data", prefix)
    assert [items.classes[i] for i in items.labels[:3]] == ["A", "Z", "B"]
    np.testing.assert_array_equal(pixels(items, 1), X[1].T)
    assert set(items.parts) == {"train", "test"}


def test_what_was_looked_for_is_named_with_the_source(tmp_path, zipped):
    for source in (zipped({"a.txt": b""}), files_below(tmp_path / "x", {"a.txt": b""})):
        with pytest.raises(UserError, match=rf"{source} has no train-images-idx3"):
            converted(source, tmp_path / "data")


def test_the_real_mnist(shared):
    items = mnist.read(shared / "mnist", ENTRY)
    assert [len(of) for of in items.parts.values()] == [60_000, 10_000]
    assert items.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert items.labels[60_000:60_005].tolist() == [7, 2, 1, 0, 4]
