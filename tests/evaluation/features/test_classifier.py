"""The classifier of a dataset: what it learns, and how it is kept."""

import dataclasses
import random

import numpy as np
import pytest
import tensorflow as tf
from fake_data import SIDE, converted, faces, faces_dataset

from evaluation.features import classifier, convnet, train_classifier

STEPS = 30


@pytest.fixture(scope="module")
def faces_made(tmp_path_factory):
    return faces_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def faces_known(faces_made):
    return train_classifier.load_or_train(faces_made, STEPS)


@pytest.fixture
def fits(monkeypatch):
    """The trainings that would have taken place."""
    fits = []
    monkeypatch.setattr(train_classifier, "fit", lambda *args: fits.append(args))
    return fits


@pytest.fixture
def file(faces_made, faces_known):
    """The file of a classifier, which a test may spoil."""
    file = faces_made.directory / train_classifier.CLASSIFIER_FILE
    content = file.read_bytes()
    yield file
    file.write_bytes(content)


def test_attributes_are_recognised(faces_known):
    levels = np.array([[-0.8, -0.8], [-0.8, 0.8], [0.8, -0.8], [0.8, 0.8]])
    shares = faces_known.probabilities(faces(*levels.T, seed=7))
    np.testing.assert_allclose(shares, levels > 0, atol=0.2)


def test_the_description_has_the_held_out_accuracy(faces_known):
    assert faces_known.description == (
        "classifier (held-out accuracy 100.0 %, mean of 2)"
    )


def test_classes_are_recognised(tmp_path):
    labels = np.arange(300) % 3
    images = np.random.default_rng(0).normal(0, 0.1, (300, SIDE, SIDE, 1))
    images[np.arange(300), labels] += 0.8
    made = converted(tmp_path, "rows", images, labels=labels, classes="abc")
    known = train_classifier.load_or_train(made, STEPS)
    shares = known.probabilities(images[:30])
    np.testing.assert_array_equal(shares.argmax(axis=1), labels[:30])
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert known.predictions(shares).sum(axis=1).tolist() == [1] * 30
    assert known.scores["classes"].accuracy == 1
    assert known.scores["classes"].commonest == pytest.approx(1 / 3, abs=0.05)


def test_the_likeliest_class_is_the_answer(tmp_path):
    images = np.zeros((3, SIDE, SIDE, 1))
    made = converted(tmp_path, "three", images, labels=np.arange(3), classes="abc")
    shares = np.array([[0.3, 0.4, 0.3], [0.9, 0.1, 0]])
    answers = classifier.DatasetClassifier(made).predictions(shares)
    assert answers.tolist() == [[False, True, False], [True, False, False]]


def test_the_accuracy_is_chance_for_labels_that_say_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(train_classifier, "BATCH_SIZE", 32)
    monkeypatch.setattr(train_classifier, "TRAINING_EPOCHS", 60)
    rng = np.random.default_rng(0)
    images = np.float32(rng.uniform(-1, 1, (200, SIDE, SIDE, 1)))
    labels = rng.integers(0, 2, 200)
    made = converted(tmp_path, "noise", images, labels=labels, classes="ab", tests=100)
    known = train_classifier.load_or_train(made, 150)
    said = known.probabilities(images[:100]).argmax(axis=1)
    assert (said == labels[:100]).mean() > 0.9
    assert known.scores["classes"].accuracy < 0.65


def test_the_part_for_tests_is_not_trained_on(tmp_path):
    made = faces_dataset(tmp_path, 100, tests=20)
    fitted, (other, tested) = train_classifier.split(made)
    assert fitted.tolist() == list(range(80))
    assert other.shards[0].part == "test"
    assert tested.tolist() == list(range(20))


def test_without_one_the_last_tenth_is_not_trained_on(tmp_path):
    made = faces_dataset(tmp_path, 100)
    fitted, (other, tested) = train_classifier.split(made)
    assert other is made
    assert fitted.tolist() == list(range(90))
    assert tested.tolist() == list(range(90, 100))


def test_every_example_is_in_an_epoch():
    order = list(train_classifier.batches(np.arange(40, 50), 5, 4))
    assert sorted(np.concatenate(order[:2])) == list(range(40, 50))
    assert sorted(np.concatenate(order[2:])) == list(range(40, 50))
    assert np.concatenate(order[:2]).tolist() != np.concatenate(order[2:]).tolist()


def test_it_is_trained_once(faces_made, faces_known, fits):
    again = train_classifier.load_or_train(faces_made, STEPS)
    assert not fits
    assert again.scores == faces_known.scores
    image = faces([0.8], [0.8])
    np.testing.assert_array_equal(again.features(image), faces_known.features(image))


def test_training_is_the_same_each_time(faces_made, faces_known, file):
    file.unlink()
    again = train_classifier.load_or_train(faces_made, STEPS)
    for one, other in zip(
        faces_known.network.get_weights(), again.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_the_generators_of_the_process_stay_as_they_are(tmp_path):
    made = faces_dataset(tmp_path, 60)
    random.seed(3)
    np.random.seed(3)
    before = random.getstate(), np.random.get_state()[1].tolist()
    train_classifier.load_or_train(made, 2)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


@pytest.mark.parametrize("place", [0, 0.1, 0.3, 0.6, 0.9])
def test_a_damaged_file_is_refused(faces_made, faces_known, file, caplog, place):
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    file.write_bytes(content)
    known = classifier.DatasetClassifier(faces_made)
    assert not train_classifier.restore(
        known, file, train_classifier.training_recipe(faces_made, STEPS)
    )
    assert "is damaged" in caplog.messages[0]


def test_a_file_that_is_cut_short_is_made_anew(faces_made, file, fits):
    file.write_bytes(file.read_bytes()[:-1000])
    train_classifier.load_or_train(faces_made, STEPS)
    assert len(fits) == 1
    known = classifier.DatasetClassifier(faces_made)
    assert train_classifier.restore(
        known, file, train_classifier.training_recipe(faces_made, STEPS)
    )


def test_another_recipe_is_trained_anew(faces_made, file, fits, monkeypatch):
    monkeypatch.setattr(train_classifier, "VERSION", train_classifier.VERSION + 1)
    train_classifier.load_or_train(faces_made, STEPS)
    assert len(fits) == 1


def test_other_data_is_trained_on_anew(tmp_path, fits):
    for count in (60, 60, 90):
        train_classifier.load_or_train(faces_dataset(tmp_path, count), STEPS)
    assert len(fits) == 2


def test_once_there_is_a_part_for_tests_it_is_trained_anew(tmp_path, fits):
    before = faces_dataset(tmp_path, 60)
    train_classifier.load_or_train(before, STEPS)
    now = faces_dataset(tmp_path, 80, tests=20)
    train_classifier.load_or_train(
        dataclasses.replace(before, shards=now.shards), STEPS
    )
    assert len(fits) == 2


def test_where_it_cannot_be_kept_it_says_so(tmp_path, monkeypatch, fits, caplog):
    made = faces_dataset(tmp_path, 60)

    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr(train_classifier.array_cache.files, "write", refuse)
    assert train_classifier.load_or_train(made).scores
    assert "not kept" in caplog.messages[-1]


def test_nothing_to_tell_apart_has_random_features(tmp_path):
    images = np.random.default_rng(0).uniform(-1, 1, (6, SIDE, SIDE, 3))
    images = np.float32(images)
    made = converted(tmp_path, "plain", images)
    known = train_classifier.load_or_train(made)
    tf.random.set_seed(5)
    again = train_classifier.load_or_train(made)
    assert known.description == "random convolutions"
    seen = known.features(images)
    assert len(np.unique(seen, axis=0)) == 6
    np.testing.assert_array_equal(again.features(images), seen)
    assert not (made.directory / train_classifier.CLASSIFIER_FILE).exists()


def test_large_images_are_averaged(tmp_path):
    images = np.zeros((6, 256, 256, 3))
    info = converted(tmp_path, "large", images, labels=np.arange(6) % 2, classes="ab")
    network = classifier.DatasetClassifier(info).network
    assert network.layers[1].output.shape[1] == convnet.LARGEST_SIDE
