"""What all extractors promise, the random one and that of the classifier."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from fake_data import SIDE, converted, faces_dataset

import evaluation.features as features
from common.errors import UserError
from evaluation.features import (
    classifier,
    extractor,
    inception,
    random_convolutions,
    train_classifier,
)

ROOT = Path(__file__).parents[3]
PRINT = (
    "from evaluation.features import random_convolutions;"
    "print(random_convolutions.create((28, 28, 1)).digest)"
)


def noise(n, side, channels=3):
    rng = np.random.default_rng(side)
    return rng.uniform(-1, 1, (n, side, side, channels)).astype("float32")


@pytest.fixture
def plain(tmp_path):
    """A dataset without anything to tell apart."""
    return converted(tmp_path, "plain", noise(6, SIDE))


@pytest.fixture
def made(tmp_path):
    """A dataset with three classes and an attribute."""
    return converted(
        tmp_path,
        "rows",
        noise(6, SIDE, 1),
        labels=np.arange(6) % 3,
        classes="abc",
        rows=np.arange(6).reshape(6, 1) % 2,
        attributes=("odd",),
    )


@pytest.fixture
def known(made, monkeypatch):
    """Its classifier, untrained, in place of a trained one."""
    known = classifier.Classifier(made)
    known.scores = {"classes": classifier.Score(0.9, 0.4)}
    monkeypatch.setattr(train_classifier, "trained", lambda made: known)
    return known


@pytest.mark.parametrize(
    ("side", "channels"), [(28, 1), (32, 3), (100, 3), (127, 1), (256, 3)]
)
def test_random_features_of_any_size(side, channels):
    known = random_convolutions.create((side, side, channels))
    seen = known(noise(3, side, channels))
    assert seen.features.shape == (3, known.dimensions)
    assert seen.features.dtype == np.float32
    assert seen.logits is None
    assert np.linalg.matrix_rank(seen.features) == 3


def test_large_images_are_averaged_first():
    small = noise(2, 64)
    large = small.repeat(4, axis=1).repeat(4, axis=2) + 0.1 * np.tile(
        np.float32([[1, -1], [-1, 1]])[:, :, np.newaxis], (128, 128, 1)
    )
    seen = random_convolutions.create((256, 256, 3))(large).features
    expected = random_convolutions.create((64, 64, 3))(small).features
    np.testing.assert_allclose(seen, expected, atol=1e-4)


def test_random_features_are_the_same_each_time():
    one, other = (
        random_convolutions.create((28, 28, 1)),
        random_convolutions.create((28, 28, 1)),
    )
    images = noise(3, 28, 1)
    np.testing.assert_array_equal(one(images).features, other(images).features)
    fresh = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=ROOT, capture_output=True, text=True
    )
    assert one.digest == other.digest == fresh.stdout.strip()


def test_random_weights_are_uniform_with_he_variance():
    kernel = random_convolutions.drawn(np.random.RandomState(0), (3, 3, 64, 128))
    assert kernel.var() == pytest.approx(2 / (3 * 3 * 64), rel=0.02)
    assert np.abs(kernel).max() <= np.sqrt(6 / (3 * 3 * 64))


@pytest.mark.parametrize(
    "network",
    [
        lambda: random_convolutions.network((28, 28, 1)),
        lambda: classifier.network((28, 28, 1), 2),
    ],
)
def test_networks_are_precise_beside_a_training_that_is_not(network):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layers = network().layers
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert {layer.compute_dtype for layer in layers} == {"float32"}


@pytest.mark.parametrize("n", [0, 1, extractor.PORTION, 2 * extractor.PORTION + 3])
def test_any_number_of_images_is_seen_in_their_order(n):
    shape = (4, 4, 1)
    images = inputs = keras.Input(shape)
    outputs = {
        "features": keras.layers.Flatten()(images),
        "logits": keras.layers.GlobalAveragePooling2D()(images),
    }
    model = keras.Model(inputs, outputs)
    known = extractor.Network("x", model, "", "", logits=1)
    images = np.random.default_rng(0).uniform(-1, 1, (n, *shape)).astype("float32")
    seen = known(images)
    np.testing.assert_array_equal(seen.features, images.reshape(n, 16))
    np.testing.assert_allclose(
        seen.logits, images.mean(axis=(1, 2)).reshape(n, 1), atol=1e-6
    )
    assert known.see.experimental_get_tracing_count() <= 1


def test_the_classifiers_features_and_the_classes_logits(made, known):
    images = noise(3, SIDE, 1)
    found = features.create("classifier", made, Path())
    seen = found(images)
    np.testing.assert_allclose(seen.features, known.features(images), atol=1e-5)
    shares = np.exp(seen.logits) / np.exp(seen.logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, known.probabilities(images)[:, :3], atol=1e-5)
    assert found.classes == ("a", "b", "c")
    assert found.description == "classifier (held-out accuracy 90.0 %)"


def test_the_digest_is_that_of_the_weights(made, known):
    first = features.create("classifier", made, Path()).digest
    assert features.create("classifier", made, Path()).digest == first
    bias = known.network.weights[-1]
    bias.assign(bias + 1e-6)
    assert features.create("classifier", made, Path()).digest != first


def test_attributes_alone_are_no_classes(tmp_path, monkeypatch):
    made = faces_dataset(tmp_path, 6)
    monkeypatch.setattr(train_classifier, "trained", classifier.Classifier)
    known = features.create("classifier", made, tmp_path)
    assert known.classes == ()
    assert known(noise(2, SIDE)).logits is None


def test_the_classifier_needs_something_to_tell_apart(plain):
    with pytest.raises(UserError, match=r"plain has no classes .* choose random"):
        features.create("classifier", plain, Path())


def test_the_default_is_the_classifier_where_there_is_one(plain):
    kinds = {"classes": ("a", "b")}, {"attributes": ("odd",)}, {}, {"classes": ("a",)}
    names = [features.default(dataclasses.replace(plain, **kind)) for kind in kinds]
    assert names == ["classifier", "classifier", "random", "random"]


def test_an_unknown_name_is_told_the_known_ones(plain):
    with pytest.raises(UserError, match=r"'vgg': .* inception, classifier, random\Z"):
        features.create("vgg", plain, Path())


@pytest.mark.parametrize("name", features.NAMES)
def test_points_have_no_features(plain, name):
    points = dataclasses.replace(plain, shape=(1, 1, 2))
    with pytest.raises(UserError, match="plain has points"):
        features.create(name, points, Path())


def test_inceptions_weights_are_those_published(plain, tmp_path):
    path = tmp_path / "inception" / inception.SOURCE.file
    path.parent.mkdir()
    path.write_bytes(b"others")
    told = f"{path} is not the published .* expected 6726825d[0-9a-f]{{56}}"
    with pytest.raises(UserError, match=told):
        features.create("inception", plain, tmp_path)
    own = tmp_path / "own.pth"
    with pytest.raises(UserError, match=f"--inception {own} is no file"):
        features.create("inception", plain, tmp_path, own)
