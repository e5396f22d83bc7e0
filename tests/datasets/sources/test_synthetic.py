"""Sets with a known truth: points from Gaussians, stacked digits."""

import json
import socket

import numpy as np
import pytest

from common.errors import UserError
from datasets import catalogue, paths
from datasets.conversion import converter
from datasets.download import fetch
from datasets.info import Info
from datasets.pipeline import loader
from datasets.sources import digits, formats, mnist, stacked_mnist

MODES = {"ring8": 8, "grid25": 25}
DEVIATION = {"ring8": 0.008, "grid25": 0.01}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def converted(name, data_dir, **options):
    options = converter.ConversionOptions(**{"workers": 1} | options)
    return converter.convert(catalogue.CATALOGUE[name], data_dir, options)


@pytest.fixture(scope="module", params=MODES)
def points(request, tmp_path_factory):
    """A point set: its Info and the raw points, [100,000, 2]."""
    data_dir = tmp_path_factory.mktemp("data")
    fetch.run([request.param], None, data_dir)
    info = converted(request.param, data_dir)
    return info, np.load(data_dir / request.param / "raw" / f"{request.param}.npy")


def epoch(info, batch_size, *reads):
    """All examples, in the pipeline's order."""
    batches = loader.batches(info, batch_size, seed=0, reads=reads)
    taken = list(batches.take(info.count // batch_size))
    return [np.concatenate([batch[key] for batch in taken]) for key in reads]


def test_points_are_deterministic(points, tmp_path):
    info, _ = points
    fetch.run([info.dataset], None, tmp_path)
    again = converted(info.dataset, tmp_path, workers=2)
    for name in ("raw", info.directory.name):
        first, second = info.directory.parent / name, tmp_path / info.dataset / name
        assert len(list(first.iterdir())) > 1
        for file in {*first.glob("*.npy"), *first.glob("*.tfrecord")}:
            assert (second / file.name).read_bytes() == file.read_bytes()
    assert again.fingerprint == info.fingerprint


def test_info_of_points_says_the_truth(points):
    info, raw = points
    assert raw.dtype == np.dtype("<f4")
    assert raw.shape == (100_000, 2)
    assert np.abs(raw).max() <= 1
    content = json.loads((info.directory / "info.json").read_text())
    assert content["shape"] == [1, 1, 2]
    assert content["dtype"] == "float32"
    assert content["count"] == 100_000
    assert content["truth"]["deviation"] == DEVIATION[info.dataset]
    assert len(content["truth"]["centres"]) == len(content["classes"])
    assert Info.load(info.directory) == info
    assert info.directory.name == "1px"


def test_the_centres_are_the_usual_ones_scaled():
    ring, grid = (
        np.array(catalogue.CATALOGUE[name].truth["centres"]) for name in MODES
    )
    np.testing.assert_allclose(np.hypot(*ring.T), 2 * 0.4)
    angles = np.sort(np.arctan2(*ring.T[::-1]) % (2 * np.pi))
    np.testing.assert_allclose(np.diff(angles), np.pi / 4)
    usual = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(np.rint(centre / 0.2).tolist()) for centre in grid} == usual
    np.testing.assert_allclose(grid / 0.2, np.rint(grid / 0.2))


def test_an_epoch_of_points_is_the_raw_file(points):
    info, raw = points
    [values] = epoch(info, 1000, "image")
    assert values.dtype == np.float32
    assert values.shape == (100_000, 1, 1, 2)
    values = values.reshape(-1, 2)
    assert (values[np.lexsort(values.T)] == raw[np.lexsort(raw.T)]).all()
    assert (values != raw).any()


def test_modes_are_balanced_and_have_their_moments(points):
    info, _ = points
    values, labels = epoch(info, 1000, "image", "label")
    values = values.reshape(-1, 2)
    each = 100_000 // MODES[info.dataset]
    assert np.bincount(labels).tolist() == [each] * MODES[info.dataset]
    deviation = DEVIATION[info.dataset]
    for label, centre in enumerate(info.truth["centres"]):
        mode = values[labels == label].astype(float)
        # Five standard errors, of a mean and of a standard deviation.
        error = 5 * deviation / each**0.5
        np.testing.assert_allclose(mode.mean(0), centre, rtol=0, atol=error)
        np.testing.assert_allclose(mode.std(0), deviation, rtol=0, atol=error)
        assert abs(np.corrcoef(mode.T)[0, 1]) < 5 / each**0.5


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"crop": "square"}, "--crop square: ring8 has points, not images"),
        ({"resize": "legacy"}, "--resize legacy: ring8 has points"),
        ({"image_size": 64}, "--image_size 64: ring8 has points"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_points_take_no_flags_of_images(tmp_path, options, problem):
    with pytest.raises(UserError, match=problem):
        converted("ring8", tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_points_take_no_source(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(UserError, match="ring8 is generated: leave --source"):
        fetch.run(["ring8"], str(tmp_path / "mine"), tmp_path / "data")


def test_points_need_no_download(tmp_path):
    info = converter.ensure("ring8", None, tmp_path)
    assert converter.ensure("ring8", 1, tmp_path) == info


@pytest.fixture
def few(monkeypatch):
    """Fewer stacked digits than 60,000, for speed."""
    monkeypatch.setattr(stacked_mnist, "STACKS", 2_000)


def channels_and_labels(info):
    values, labels = epoch(info, 1000, "image", "label")
    assert values.shape[1:] == (28, 28, 3)
    return np.moveaxis(values, 3, 1), np.array(
        [[int(digit) for digit in info.classes[label]] for label in labels]
    )


def check_channels(info, images, answers):
    """Each channel is a known image, and shows the label's digit at its place."""
    known = {}
    for image, answer in zip(images, answers, strict=True):
        known.setdefault(image.tobytes(), set()).add(int(answer))
    channels, spelled = channels_and_labels(info)
    for three, number in zip(channels, spelled, strict=True):
        for channel, digit in zip(three, number, strict=True):
            assert int(digit) in known[channel.tobytes()]


@pytest.mark.usefixtures("few")
def test_stacked_digits_spell_their_labels(tmp_path, capsys):
    fetch.run(["stacked_mnist"], None, tmp_path)
    assert "from scikit-learn" in capsys.readouterr().out
    info = converted("stacked_mnist", tmp_path)
    singles = converted("digits", tmp_path, image_size=28)
    images, answers = epoch(singles, 1, "image", "label")
    check_channels(info, images, answers)
    assert info.licence == catalogue.CATALOGUE["digits"].terms


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("named", [True, False])
def test_stacked_mnist_spells_its_labels(tmp_path, shared, capsys, named):
    entry = catalogue.CATALOGUE["mnist"]
    data_dir = tmp_path / "data"
    if named:
        fetch.run(["stacked_mnist"], str(shared / "mnist"), data_dir)
    else:
        raw = fetch.fetch(entry, data_dir, shared / "mnist")
        fetch.run(["stacked_mnist"], None, data_dir)
        assert f"from {raw.resolve()}" in capsys.readouterr().out
    info = converted("stacked_mnist", data_dir)
    check_channels(info, *mnist.pair(shared / "mnist", entry, "train"))
    assert info.licence == entry.terms


def test_stacked_digits_have_a_thousand_modes(tmp_path):
    entry = catalogue.CATALOGUE["stacked_mnist"]
    items = formats.read(fetch.fetch(entry, tmp_path), entry)
    assert len(items) == 60_000
    assert items.classes[7] == "007"
    counts = np.bincount(items.labels, minlength=1000)
    assert len(counts) == 1000
    assert counts.min() > 20  # 60 expected, and 20 is five deviations from that
    three = np.array([[int(digit) for digit in f"{y:03d}"] for y in items.labels])
    assert (np.abs(np.corrcoef(three.T) - np.eye(3)) < 5 / 60_000**0.5).all()


@pytest.mark.usefixtures("few")
def test_stacked_digits_are_deterministic(tmp_path):
    first = converted("stacked_mnist", fetched(tmp_path / "a"))
    again = converted("stacked_mnist", fetched(tmp_path / "b"), workers=2)
    assert again.fingerprint == first.fingerprint
    content = json.loads((first.directory / "info.json").read_text())
    assert content["truth"] == {"stacked": 3}
    assert (content["dtype"], content["shape"]) == ("uint8", [28, 28, 3])
    assert content["classes"] == [f"{number:03d}" for number in range(1000)]


def fetched(data_dir):
    fetch.run(["stacked_mnist"], None, data_dir)
    return data_dir


def test_stacked_mnist_refuses_what_is_no_mnist(tmp_path, photos):
    with pytest.raises(UserError, match=r"has no train-images-idx3-ubyte\.gz"):
        fetch.run(["stacked_mnist"], str(photos), tmp_path / "data")
    with pytest.raises(UserError, match=r"python download\.py stacked_mnist`"):
        converter.ensure("stacked_mnist", None, tmp_path / "data")


def test_a_taken_part_keeps_only_the_digits_it_shows(tmp_path):
    raw = fetch.fetch(catalogue.CATALOGUE["digits"], tmp_path)
    grey, _ = digits.load(raw)
    store = stacked_mnist.StackedStore(
        grey, np.array([[5, 6, 7], [9, 9, 1], [0, 2, 4]])
    )
    part = store.take([2, 1])
    assert len(part.grey) == 6
    for position, whole in enumerate((2, 1)):
        with part.reader() as read, store.reader() as read_whole:
            assert read(position) == read_whole(whole)
            shown = np.asarray(part.image(read(position)))
        assert (shown[..., 1] == grey[store.index[whole][1]]).all()


@pytest.mark.parametrize(
    ("name", "file"), [("digits", "digits.csv.gz"), ("ring8", "ring8.npy")]
)
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other"])
def test_raw_files_that_are_damaged_are_named(tmp_path, name, file, damage):
    fetch.run([name], "", tmp_path)
    path = paths.raw(tmp_path, name) / file
    if damage == "missing":
        path.unlink()
    else:
        contents = {"empty": b"", "cut": path.read_bytes()[:-9], "other": b"7,8\n"}
        path.write_bytes(contents[damage])
    with pytest.raises(UserError, match=rf"{file} is damaged.*: remove .*raw"):
        formats.read(path.parent, catalogue.CATALOGUE[name])
