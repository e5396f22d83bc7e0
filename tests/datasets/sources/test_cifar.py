import io
import pickle
import tarfile

import numpy as np
import pytest

from common.errors import UserError
from datasets import catalogue
from datasets.download import fetch
from datasets.sources import cifar, selection

ENTRY = catalogue.CATALOGUE["cifar10"]
X = np.random.default_rng(0).integers(0, 256, (10, 3, 32, 32), np.uint8)
Y = np.arange(10)


def batch(i, form):
    x, y = X[2 * i : 2 * i + 2].reshape(2, -1), Y[2 * i : 2 * i + 2]
    if form == "binary":
        rows = np.concatenate([y[:, None].astype(np.uint8), x], 1)
        return f"data_batch_{i + 1}.bin", rows.tobytes()
    content = {b"data": x, b"labels": y.tolist()}
    return f"data_batch_{i + 1}", pickle.dumps(content, protocol=2)


def as_folder(tmp_path, form):
    folder = tmp_path / "unpacked" / "cifar-10-batches"
    folder.mkdir(parents=True)
    for i in range(5):
        name, content = batch(i, form)
        (folder / name).write_bytes(content)
    return folder.parent


def as_archive(tmp_path, form):
    path = tmp_path / "cifar-10.tgz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(as_folder(tmp_path, form), "x")
    return path


def taken(source, raw):
    """What download.py puts into raw."""
    raw.mkdir()
    for name, file in cifar.find(source, ENTRY, selection.Leftovers()):
        (raw / name).parent.mkdir(exist_ok=True, parents=True)
        (raw / name).write_bytes(file.read_bytes())
    return raw


@pytest.mark.parametrize("form", ["binary", "python"])
@pytest.mark.parametrize("make", [as_folder, as_archive])
def test_every_form_gives_the_same_images(tmp_path, make, form):
    items = cifar.read(taken(make(tmp_path, form), tmp_path / "raw"), ENTRY)
    assert items.labels.tolist() == Y.tolist()
    with items.store.reader() as read:
        image = np.asarray(items.store.image(read(3)))
    np.testing.assert_array_equal(image, X[3].transpose(1, 2, 0))


@pytest.mark.parametrize("form", ["binary", "python"])
def test_the_fine_classes_of_cifar_100_are_labels(tmp_path, form):
    x = X.reshape(10, -1)
    coarse, fine = np.full((10, 1), 3, np.uint8), np.arange(90, 100, dtype=np.uint8)
    if form == "binary":
        content = np.concatenate([coarse, fine[:, None], x], 1).tobytes()
    else:
        keys = {b"data": x, b"fine_labels": fine.tolist(), b"coarse_labels": [3] * 10}
        content = pickle.dumps(keys, protocol=2)
    folder = tmp_path / "cifar-100"
    folder.mkdir()
    (folder / ("train.bin" if form == "binary" else "train")).write_bytes(content)
    fetch.run(["cifar100"], str(folder), tmp_path / "data")
    raw = tmp_path / "data/cifar100/raw"
    items = cifar.read(raw, catalogue.CATALOGUE["cifar100"])
    assert items.labels.tolist() == fine.tolist()
    assert items.classes[99] == "worm"
    with items.store.reader() as read:
        image = np.asarray(items.store.image(read(3)))
    np.testing.assert_array_equal(image, X[3].transpose(1, 2, 0))


def test_class_folders_are_labels(tmp_path, image_bytes):
    for name in ("frog", "cat"):
        (tmp_path / "cifar" / "train" / name).mkdir(parents=True)
        (tmp_path / "cifar" / "train" / name / "1.png").write_bytes(image_bytes(0))
    items = cifar.read(taken(tmp_path / "cifar", tmp_path / "raw"), ENTRY)
    assert items.classes == ("cat", "frog")
    assert items.labels.tolist() == [0, 1]


def test_a_missing_batch_is_noticed(tmp_path):
    folder = as_folder(tmp_path, "binary")
    (folder / "cifar-10-batches" / "data_batch_3.bin").unlink()
    with pytest.raises(UserError, match="4 of the 5 training batches of cifar10"):
        list(cifar.find(folder, ENTRY, selection.Leftovers()))


@pytest.mark.parametrize("label", [-1, float("nan"), 0.5, 10, 1 << 70, "3", None])
def test_a_label_that_is_no_class_is_refused(tmp_path, label):
    folder = as_folder(tmp_path, "python")
    content = {b"data": X[:2].reshape(2, -1), b"labels": [3, label]}
    (folder / "cifar-10-batches" / "data_batch_1").write_bytes(pickle.dumps(content))
    with pytest.raises(UserError, match=r"label .* is not one of 0 to 9.*again"):
        fetch.run(["cifar10"], str(folder), tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


def test_a_truncated_archive_is_refused(tmp_path):
    path = as_archive(tmp_path, "binary")
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(UserError, match="is damaged"):
        list(cifar.find(path, ENTRY, selection.Leftovers()))


def test_a_web_page_is_no_archive(tmp_path):
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_text("<!DOCTYPE html><html>503</html>")
    with pytest.raises(UserError, match="web page"):
        list(cifar.find(path, ENTRY, selection.Leftovers()))


class Attack:
    def __reduce__(self):
        return print, ("this pickle ran code",)


def test_a_pickle_runs_no_code(capsys):
    attack = pickle.dumps({b"data": Attack(), b"labels": []})
    with pytest.raises(UserError, match=r"asks for builtins\.print"):
        cifar.parse("data_batch_1", io.BytesIO(attack), cifar.FORMS["cifar10"])
    assert not capsys.readouterr().out
