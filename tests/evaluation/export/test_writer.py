"""Exports, read by a process that knows nothing of this project."""

import pathlib
import subprocess
import sys
import zipfile
from typing import get_args

import numpy as np
import pytest
import tensorflow as tf

import models
from common.errors import UserError
from evaluation import snapshots
from evaluation.export import saved_model, writer
from models.base import latent
from training import runs

# What a run is of: model, image shape, and its options.
IMAGE, COLOURS, POINT = (28, 28, 1), (28, 28, 3), (1, 1, 2)
CASES = {
    "points": ("gan", POINT, {"z": "sphere"}),
    "dcgan": ("dcgan", COLOURS, {"ema": 0.9, "pixels": "stretched", "z_dim": 7}),
    "began": ("began", IMAGE, {"z": "uniform"}),
    "vae": ("vae", IMAGE, {}),
    "dropout": ("cgan", IMAGE, {"sampling": "batch", "g_norm": "batch"}),
    "pix2pix": ("pix2pix", IMAGE, {}),
    "cyclegan": ("cyclegan", COLOURS, {"net": "unet", "norm": "batch"}),
}
TRANSLATE = ("pix2pix", "cyclegan")
OF_BATCH = ("vae", "dropout")  # images depend on those beside them
# No file where dropout stays on.
KERAS = {
    **{name: ["generator.keras"] for name in CASES},
    "dropout": [],
    "pix2pix": [],
    "cyclegan": ["generator_AtoB.keras", "generator_BtoA.keras"],
}
SMALL = {"g_width": 0.0625, "d_width": 0.0625}
READER = pathlib.Path(__file__).with_name("strange_reader.py")


class Fresh(runs.Run):
    """A run whose one checkpoint has weights that no fresh model has."""

    def checkpoints(self):
        return [10]

    def restore_networks(self, model, step):
        rng = np.random.default_rng(step)
        for network in model.networks.values():
            for weight in network.weights:
                weight.assign(weight + rng.uniform(0, 0.2, weight.shape))


def snapshot(directory, name):
    model, shape, config = CASES[name]
    run = Fresh(directory, name)
    run.config = {
        "model": model,
        "config": SMALL | config,
        "image_shape": shape,
        "num_classes": 5 if model == "cgan" else 0,
        "seed": 3,
        "dataset": {"name": "digits", "count": 1797, "fingerprint": "f1"},
        "steps": 20,
        "environment": {"python": "3.11"},
    }
    shown = snapshots.Snapshot(run, ema="ema" in config)
    shown.show(10)
    return shown


def inputs(shown):
    """Latents, or images of each direction that are no squares."""
    model = shown.model
    if not model.directions:
        return {"z": model.probe(20).numpy()}
    size = (2, 28, 28 + model.multiple, model.image_shape[-1])
    rng = np.random.default_rng(0)
    return {d: rng.uniform(-1, 1, size).astype("float32") for d in model.directions}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """By case: what the snapshot makes of inputs, and what a strange process makes."""
    home, summary = tmp_path_factory.mktemp("exported"), tmp_path_factory.mktemp("runs")
    expected = {}
    for name in CASES:
        shown = snapshot(summary, name)
        given = inputs(shown)
        np.savez(home / f"{name}.npz", **given)
        written = writer.write(shown, home / name)
        files = ["README.md", *KERAS[name], "saved_model"]
        assert written == [home / name / file for file in files]
        assert all(path.exists() for path in written)
        expected[name] = {
            key: shown.draw(x) if key == "z" else shown.translate(x, key)
            for key, x in given.items()
        }
    command = [sys.executable, "-I", READER]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = {name: dict(np.load(home / f"{name}.made.npz")) for name in CASES}
    return home, expected, made


def of(made, key):
    """Images by what comes behind `key/`."""
    found = {name.partition("/")[::2]: images for name, images in made.items()}
    return {name: images for (first, name), images in found.items() if first == key}


@pytest.mark.parametrize("name", CASES)
def test_a_strange_process_makes_the_same_images(name, exported):
    _, expected, made = exported
    for key, images in expected[name].items():
        assert images.std() > 0.01  # or anything would equal it
        ways = {"plain", "served"} | ({"float64"} if key == "z" else set())
        ways |= {"keras", "predicted"} if KERAS[name] else set()
        found = of(made[name], key)
        assert found.keys() == ways
        for way, others in found.items():
            np.testing.assert_allclose(others, images, atol=1e-5, err_msg=way)


@pytest.mark.parametrize("name", [name for name in CASES if name not in TRANSLATE])
def test_a_seed_has_its_images(name, exported):
    seeded = of(exported[2][name], "seed")
    images = seeded.pop("plain")
    assert (images.shape, images.dtype) == ((33, *CASES[name][1]), np.float32)
    assert abs(images).max() <= 1
    assert min(images.std(), abs(images - seeded.pop("other")).max()) > 0.01
    first = seeded.pop("first")
    if name not in OF_BATCH:
        np.testing.assert_allclose(first, images[:5], atol=1e-5)
    assert seeded.keys() == {"again", "named", "numpy", "served"}
    np.testing.assert_array_equal(seeded["again"], images)
    for others in seeded.values():
        np.testing.assert_allclose(others, images, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_the_card_says_what_to_type(name, exported):
    said = of(exported[2][name], "card")
    networks = [file.removesuffix(".keras") for file in KERAS[name][:1]]
    if name in TRANSLATE:
        ways = ["AtoB", "BtoA"] if name == "cyclegan" else ["BtoA"]
        lines = [f"{network}(x)" for network in networks]
        lines += [f'loaded.translate(x, "{way}")' for way in ways]
    else:
        lines = [f"{network}(z)" for network in networks]
        lines += ["loaded.generate(z)", "loaded.generate(seed=7, n=16)"]
    assert list(said) == [f"images = {line}" for line in lines]
    assert {images.shape[1:] for images in said.values()} == {CASES[name][1]}


PRIORS = {"normal": (0, 1), "uniform": (0, 1 / 3), "unit": (1 / 2, 1 / 12)}


@pytest.mark.parametrize("kind", get_args(latent.Prior))
def test_latents_of_a_seed_are_of_the_prior(kind):
    model = models.create("infogan", POINT, seed=3, z=kind, z_dim=3, continuous=1)
    own, state = model.rng, model.rng.state.numpy()
    seed, n = tf.constant(7, "int64"), tf.constant(4000, "int64")
    z = saved_model.latents(model, seed, n).numpy()
    noise, c1, c2 = z[:, :3], z[:, 3:13], z[:, 13]
    mean, variance = PRIORS.get(kind, (0, 1))
    np.testing.assert_allclose(noise.mean(axis=0), mean, atol=0.06)
    np.testing.assert_allclose(noise.var(axis=0), variance, atol=0.06)
    if kind == "sphere":
        np.testing.assert_allclose(np.linalg.norm(noise, axis=1), 3**0.5, rtol=1e-5)
    np.testing.assert_allclose(c1.mean(axis=0), 0.1, atol=0.02)
    assert set(np.unique(c1)) == {0, 1}
    np.testing.assert_array_equal(c1.sum(axis=1), 1)
    np.testing.assert_allclose([c2.mean(), c2.var()], [0, 1 / 3], atol=0.03)
    related = np.corrcoef(z[:, [0, 1, 2, 3, 13]].T) - np.eye(5)
    assert abs(related).max() < 0.06  # each part has noise of its own
    few = saved_model.latents(model, seed, tf.constant(5, "int64"))
    np.testing.assert_allclose(few, z[:5], rtol=1e-6)
    assert model.rng is own
    np.testing.assert_array_equal(own.state, state)


def test_no_file_tells_where_it_was_made(exported):
    home = exported[0]
    for path in home.rglob("*"):
        if path.is_file() and path.parent != home:
            parts = [path.read_bytes()]
            if path.suffix == ".keras":
                with zipfile.ZipFile(path) as members:
                    parts = [members.read(name) for name in members.namelist()]
            for told in (home, pathlib.Path(__file__).parents[3]):
                assert not any(str(told).encode() in part for part in parts), path


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    return snapshot(tmp_path_factory.mktemp("runs"), "points")


def contents(directory):
    return {path.name for path in directory.iterdir()}


def test_an_export_takes_the_place_of_an_earlier_one(points, tmp_path):
    target = tmp_path / "new" / "export"
    target.mkdir(parents=True)
    writer.write(points, target)
    (target / "generator_old.keras").touch()
    writer.write(points, target)
    assert contents(target) == {"README.md", "generator.keras", "saved_model"}
    assert contents(target.parent) == {"export"}


def test_an_export_that_fails_leaves_the_earlier_one(points, tmp_path, monkeypatch):
    target = tmp_path / "export"
    writer.write(points, target)
    before = (target / "generator.keras").read_bytes()

    def full(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr(saved_model, "save", full)
    with pytest.raises(OSError, match="no space left"):
        writer.write(points, target)
    assert (target / "generator.keras").read_bytes() == before
    assert contents(tmp_path) == {"export"}


MINE = ["notes.txt", "mine.keras", "README.md", "saved_model/README.md"]


@pytest.mark.parametrize("mine", MINE)
def test_what_is_no_export_stays(mine, points, tmp_path):
    target = tmp_path / "export"
    if mine in MINE[:2]:  # in an earlier export
        writer.write(points, target)
    (target / mine).parent.mkdir(parents=True, exist_ok=True)
    (target / mine).write_text("mine")
    if mine == "saved_model/README.md":
        (target / "README.md").write_text("mine")
    before = contents(target)
    with pytest.raises(UserError, match="no earlier export: name another folder"):
        writer.write(points, target)
    assert contents(target) == before
    assert (target / mine).read_text() == "mine"
    with pytest.raises(UserError, match="no earlier export"):
        writer.write(points, target / mine)
