"""The nearest training images, and whether a run has memorised."""

import json

import imageio.v3
import numpy as np
import pytest
import sklearn.neighbors
from fake_data import SIDE, converted, trained_on
from fake_run import CodedModel, FakeModel

from evaluation import snapshots, training_data
from evaluation.memorisation import neighbours, proximity, search

COUNT = 300


def noise(count, seed=0):
    """Images that have nothing in common."""
    rng = np.random.default_rng(seed)
    return np.float32(rng.uniform(-1, 1, (count, SIDE, SIDE, 3)))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(training_data, "AT_ONCE", 64)
    monkeypatch.setattr(neighbours, "COMPARISON_SIZE", 100)


@pytest.fixture
def made(tmp_path):
    return converted(tmp_path / "data", "noise", noise(COUNT))


def stored(made):
    """The training images as the shards have them."""
    return neighbours.images_at(made, np.arange(made.count))


def test_neighbours_are_those_of_an_exhaustive_search(made):
    queries = noise(20, seed=1)
    found = search.nearest(queries, made, {"pixels": search.pixels}, 4)["pixels"]
    expected = sklearn.neighbors.NearestNeighbors(n_neighbors=4, algorithm="kd_tree")
    expected.fit(np.float64(search.pixels(stored(made))))
    distances, positions = expected.kneighbors(search.pixels(queries))
    np.testing.assert_array_equal(found.positions, positions)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-6)


def test_a_copy_is_at_distance_0(made):
    found = search.nearest(stored(made)[70:80], made, {"p": search.pixels}, 1)["p"]
    assert found.positions[:, 0].tolist() == list(range(70, 80))
    np.testing.assert_allclose(found.distances[:, 0], 0, atol=1e-5)


def test_each_space_has_its_own_distance(made):
    spaces = {"all": search.pixels, "red": lambda x: search.pixels(x[..., :1])}
    queries = stored(made)[:10].copy()
    queries[..., 1:] = noise(10, seed=2)[..., 1:]
    found = search.nearest(queries, made, spaces, 1)
    np.testing.assert_allclose(found["red"].distances, 0, atol=1e-5)
    assert found["all"].distances.min() > 1


def test_held_out_images_are_not_searched(tmp_path):
    made = converted(tmp_path, "noise", noise(COUNT), tests=100)
    found = search.nearest(noise(COUNT)[200:], made, {"p": search.pixels}, 1)["p"]
    assert found.positions.max() < 200
    assert found.distances.min() > 1


def test_a_last_portion_may_be_small(tmp_path):
    made = converted(tmp_path, "few", noise(training_data.AT_ONCE + 2))
    found = search.nearest(noise(2, seed=1), made, {"p": search.pixels}, 4)["p"]
    assert np.isfinite(found.distances).all()
    assert [len(set(row)) for row in found.positions.tolist()] == [4, 4]


def test_an_image_is_not_its_own_neighbour():
    found = search.Neighbours(np.array([[0, 3.0], [2, 4]]), np.array([[7, 1], [5, 6]]))
    assert found.nearest_other(np.array([7, 6])).tolist() == [3, 2]


def test_held_out_images_are_compared_with(tmp_path):
    images = noise(COUNT)
    made = converted(tmp_path, "noise", images, tests=90)
    found = neighbours.reference(made)
    assert found.description == "90 held-out images (test)"
    same = np.abs(found.images[:, np.newaxis] - images[210:]).max(axis=(2, 3, 4)) < 0.01
    assert same.any(axis=1).all()
    assert same.any(axis=0).all()


def test_without_them_training_images_are_without_themselves(made):
    found = neighbours.reference(made)
    assert (
        found.description
        == "100 training images, each with the others (none are held out)"
    )
    np.testing.assert_array_equal(found.images, stored(made)[found.positions])
    nearest = search.nearest(found.images, made, {"p": search.pixels}, 4)["p"]
    assert nearest.nearest_other(found.positions).min() > 1


def test_the_share_is_of_those_as_near_as_a_twentieth_of_the_real():
    real = np.arange(101.0)
    assert proximity.Distances(np.array([4.0, 5, 6, 7]), real).share_within == 0.5


def test_real_images_that_are_new_are_not_memorised():
    rng = np.random.default_rng(0)
    found = proximity.Distances(rng.normal(9, 1, 4000), rng.normal(9, 1, 4000))
    assert found.share_within == pytest.approx(0.05, abs=0.02)


class Memory(FakeModel):
    """Makes training images, with a little noise."""

    images = None

    @classmethod
    def chosen(cls, z):
        return np.int64(np.abs(1e4 * z[:, 0])) % len(cls.images)

    def draw(self, z):
        return self.images[self.chosen(z)] + 0.01 * np.tanh(z[:, 1]).reshape(
            -1, 1, 1, 1
        )


class Inventor(FakeModel):
    """Makes images that are as new as held-out ones."""

    def draw(self, z):
        seeds = np.int64(np.abs(1e6 * z[:, 0])) + 1000
        return np.concatenate([noise(1, seed) for seed in seeds])


def answered(made, kind, directory):
    """The report on a run of this kind of model, and its sheet."""
    snapshot = snapshots.Snapshot(trained_on(made, kind))
    snapshot.show(300)
    picture, report = neighbours.draw(snapshot, made, directory)
    return json.loads(report.read_text()), imageio.v3.imread(picture)


@pytest.mark.parametrize("tests", [0, 100])
def test_a_run_that_memorises_is_exposed(tmp_path, monkeypatch, tests):
    made = converted(tmp_path / "data", "noise", noise(COUNT), tests=tests)
    monkeypatch.setattr(Memory, "images", stored(made))
    report, _ = answered(made, Memory, tmp_path)
    for space in ("pixels", "features"):
        assert report[space]["nearer_than_q05_of_real"] == 1
        assert report[space]["generated"]["q95"] < report[space]["real"]["q05"]


def test_a_run_that_invents_is_not(tmp_path, made):
    report, _ = answered(made, Inventor, tmp_path)
    for space in ("pixels", "features"):
        assert report[space]["nearer_than_q05_of_real"] < 0.15
        ratio = report[space]["generated"]["q50"] / report[space]["real"]["q50"]
        assert ratio == pytest.approx(1, abs=0.1)


def test_the_report_says_what_was_compared(tmp_path, made):
    report, _ = answered(made, Inventor, tmp_path)
    assert report["step"] == 300
    assert report["training_images"] == COUNT
    assert report["samples"] == 100
    assert report["extractor"] == "random convolutions"
    assert "none are held out" in report["compared_with"]


def test_rows_are_samples_and_points_of_a_walk(tmp_path, made, monkeypatch):
    monkeypatch.setattr(Memory, "images", stored(made))
    report, _ = answered(made, Memory, tmp_path)
    assert [row["what"] for row in report["shown"]] == [
        f"{kind} {k}" for kind in ("sample", "walk") for k in range(1, 9)
    ]
    snapshot = snapshots.Snapshot(trained_on(made))
    z = np.concatenate([snapshot.model.probe(8), neighbours.walk(snapshot)])
    positions = [row["pixels"][0]["position"] for row in report["shown"]]
    assert positions == Memory.chosen(z).tolist()
    assert all(len(row["features"]) == 3 for row in report["shown"])


def test_the_sheet_shows_each_sample_beside_its_neighbours(tmp_path, made, monkeypatch):
    tiles = {}
    sheet = proximity.sheet
    monkeypatch.setattr(
        proximity, "sheet",
        lambda shown, found, *rest: tiles.update(found, shown=shown)
        or sheet(shown, found, *rest),
    )  # fmt: skip
    monkeypatch.setattr(Memory, "images", stored(made))
    report, picture = answered(made, Memory, tmp_path)
    np.testing.assert_allclose(tiles["pixels"][:8, 0], tiles["shown"][:8], atol=0.02)
    third = report["shown"][3]["pixels"][2]["position"]
    np.testing.assert_array_equal(tiles["pixels"][3, 2], stored(made)[third])
    assert picture.shape[1] > 14 * 64


def test_the_walk_goes_from_one_probe_latent_to_the_next(made):
    snapshot = snapshots.Snapshot(trained_on(made))
    path = neighbours.walk(snapshot)
    assert path.shape == (8, 8)
    ends = snapshot.model.probe(10)[8:]
    np.testing.assert_allclose(path[[0, -1]], ends, rtol=1e-5)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.max() < 2 * steps.min()


def test_the_walk_keeps_its_codes(made):
    snapshot = snapshots.Snapshot(trained_on(made, CodedModel))
    path = neighbours.walk(snapshot)
    first = snapshot.model.probe(9)[8]
    np.testing.assert_array_equal(path[:, 4:], np.tile(first[4:], (8, 1)))
    assert np.ptp(path[:, :4], axis=0).min() > 0


def test_the_outcome_is_a_sentence(tmp_path, made):
    report, _ = answered(made, Inventor, tmp_path)
    report["pixels"]["nearer_than_q05_of_real"] = 0.123
    report["features"]["nearer_than_q05_of_real"] = 0.04
    assert proximity.sentence(report) == (
        "12.3 % in pixels and 4.0 % in features of 100 samples are nearer to a "
        "training image than 95 % of real ones (5 % by chance)"
    )
