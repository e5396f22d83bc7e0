"""Counting modes, of points and of stacked digits."""

import types

import numpy as np
import pytest
from fake_run import FakeRun
from rendering import render

from evaluation import snapshots, training_data
from evaluation.eval_options import EvalOptions
from evaluation.measure import stacked_digits
from evaluation.metrics import modes

CENTRES = np.array([[0.5, 0.0], [0.0, 0.5], [-0.5, 0.0], [0.0, -0.5]])
DEVIATION = 0.02
SIDE = 8


def found(points):
    counts = modes.count_modes(np.array(points), CENTRES, DEVIATION)
    assert (counts["samples"], counts["of"]) == (len(points), 4)
    return counts["modes"], counts["high_quality"]


def test_points_on_all_centres_cover_all():
    assert found(CENTRES.repeat(5, axis=0)) == (4, 1)


def test_points_on_one_centre_cover_one():
    assert found(CENTRES[[2] * 20]) == (1, 1)


def test_points_far_from_all_centres_cover_none():
    assert found([[0.0, 0.0]] * 20) == (0, 0)


@pytest.mark.parametrize(("deviations", "good"), [(2.99, 1), (3.01, 0)])
def test_high_quality_ends_three_deviations_from_a_centre(deviations, good):
    step = deviations * DEVIATION * np.array([0.6, 0.8])
    assert found([CENTRES[1] + step]) == (good, good)


def test_a_mode_needs_one_good_sample_and_the_share_is_of_all():
    assert found([CENTRES[0], CENTRES[3], [0.0, 0.3], [0.3, 0.0]]) == (2, 0.5)


def test_real_points_are_nearly_all_of_high_quality():
    rng = np.random.default_rng(0)
    noise = DEVIATION * rng.standard_normal((40_000, 2))
    covered, share = found(CENTRES[rng.integers(0, 4, 40_000)] + noise)
    assert covered == 4
    assert share == pytest.approx(1 - np.exp(-4.5), abs=0.003)


def digit_images(rng, digits):
    """[n, SIDE, SIDE]: each digit is a bright row and a column, with some noise."""
    images = 0.2 * rng.standard_normal((len(digits), SIDE, SIDE)) - 1
    for image, digit in zip(images, digits, strict=True):
        image[digit % 5] += 2
        image[:, digit // 5] += 2
    return np.float32(images)


def stacks(numbers, seed=0):
    """Stacked images [n, SIDE, SIDE, 3] of numbers; hundreds come first."""
    rng = np.random.default_rng(seed)
    digits = [numbers // 100, numbers // 10 % 10, numbers % 10]
    return np.stack([digit_images(rng, d) for d in digits], axis=-1)


def classifier(count=400):
    labels = np.random.default_rng(1).integers(0, 1000, count)
    return stacked_digits.DigitClassifier(stacks(labels), labels)


def test_numbers_are_read_and_neighbours_agree():
    known = classifier()
    assert known.of == 1000
    assert known.accuracy == 1
    numbers = np.array([0, 7, 123, 990, 123])
    read, agreed = known.read(stacks(numbers, seed=2))
    np.testing.assert_array_equal(read, numbers)
    assert agreed.all()


def test_one_doubtful_channel_spoils_an_image():
    images = stacks(np.array([123, 123]), seed=2)
    images[1, ..., 1] = np.random.default_rng(0).standard_normal((SIDE, SIDE))
    assert classifier().read(images)[1].tolist() == [True, False]


def test_the_accuracy_is_chance_for_labels_that_say_nothing():
    """Every image is there five times: copies would make it almost 1."""
    rng = np.random.default_rng(0)
    images = np.float32(rng.standard_normal((200, SIDE, SIDE, 3))).repeat(5, axis=0)
    labels = rng.integers(0, 1000, 200).repeat(5)
    known = stacked_digits.DigitClassifier(images, labels)
    assert known.accuracy < 0.3
    assert known.read(images)[1].mean() < 0.3


def test_the_accuracy_is_of_digits_held_back(monkeypatch):
    monkeypatch.setattr(stacked_digits, "NEIGHBOURS", 1)
    rng = np.random.default_rng(0)
    images = np.float32(rng.standard_normal((200, SIDE, SIDE, 3)))
    assert (
        stacked_digits.DigitClassifier(images, rng.integers(0, 1000, 200)).accuracy
        < 0.3
    )


def test_numbers_are_compared_with_a_uniform_truth():
    numbers = np.arange(1000).repeat(3)
    counts = stacked_digits.compared(numbers, 1000)
    assert (counts["samples"], counts["modes"], counts["of"]) == (3000, 1000, 1000)
    assert counts["kl"] == pytest.approx(0)
    assert stacked_digits.compared(numbers[:3], 1000)["kl"] == pytest.approx(
        np.log(1000)
    )
    quarter = stacked_digits.compared(np.array([1, 1, 1, 2]), 4)
    assert quarter["kl"] == pytest.approx(0.75 * np.log(3))


class Stacker:
    """A model that makes the numbers of a list in turn."""

    averaged = False
    prior = "normal 1"
    networks = ()

    def __init__(self, numbers):
        self.numbers = np.array(numbers)

    def probe(self, count):
        return np.arange(count)

    def draw(self, z):
        return stacks(self.numbers[z % len(self.numbers)])


def shown(monkeypatch, numbers, dataset=stacked_digits.DATASET):
    dataset = {"name": dataset, "fingerprint": ""}
    run = FakeRun(config={"dataset": dataset, "image_shape": [SIDE, SIDE, 3]})
    monkeypatch.setattr(run, "fresh_model", lambda averaged: Stacker(numbers))
    snapshot = snapshots.Snapshot(run)
    snapshot.step = 300
    return snapshot


def learnt(monkeypatch):
    """Stands for the shards."""
    labels = np.random.default_rng(1).integers(0, 1000, 400)
    values = {"image": stacks(labels), "label": labels}
    monkeypatch.setattr(training_data, "find", lambda *_: types.SimpleNamespace())
    monkeypatch.setattr(
        training_data, "first", lambda *_, reads: {k: values[k] for k in reads}
    )


def test_stacked_digits_are_counted(monkeypatch, tmp_path):
    learnt(monkeypatch)
    monkeypatch.setattr(stacked_digits, "SAMPLES", 1200)
    counts = stacked_digits.counts([shown(monkeypatch, [5, 5, 123, 999])], tmp_path)
    assert counts["a"][300] == {
        "samples": 1200,
        "modes": 3,
        "of": 1000,
        "kl": pytest.approx(np.log(1000) - 1.5 * np.log(2)),
        "high_quality": 1,
        "accuracy": 1,
    }


def test_other_images_are_not_counted(monkeypatch, tmp_path, caplog):
    assert stacked_digits.counts([shown(monkeypatch, [5], "celeba")], tmp_path) == {}
    assert not caplog.messages


def test_without_the_digits_it_says_why_they_are_not_counted(
    monkeypatch, tmp_path, caplog
):
    assert stacked_digits.counts([shown(monkeypatch, [5])], tmp_path) == {}
    (message,) = caplog.messages
    assert message.startswith("counts of run a are left out: ")
    assert "no converted dataset" in message


def test_counts_of_images_are_those_of_the_last_checkpoint(monkeypatch, tmp_path):
    monkeypatch.setattr(
        stacked_digits,
        "counts",
        lambda shown, data_dir: {"a": {shown[0].step: {"of": 3}}},
    )
    options = EvalOptions(step="200", frames=2)
    assert tmp_path / modes.MODES_FILE in render([FakeRun()], tmp_path, options)
    assert (tmp_path / modes.MODES_FILE).read_text() == modes.to_json(
        {"a": {200: {"of": 3}}}
    )


def test_each_run_has_a_sentence_on_its_last_step(tmp_path):
    point = {"samples": 2500, "modes": 8, "of": 8, "high_quality": 0.9134}
    digit = {"samples": 10000, "modes": 812, "of": 1000, "high_quality": 0.5}
    digit |= {"kl": 0.1239, "accuracy": 0.95}
    early = point | {"modes": 1}
    file = tmp_path / modes.MODES_FILE
    table = {"r": {2000: point, 900: early}, "s": {5: digit}}
    file.write_text(modes.to_json(table))
    assert modes.sentences(file) == [
        "r step 2,000: 8 of 8 modes, 91.3 % of 2,500 samples of high quality",
        "s step 5: 812 of 1,000 modes, 50.0 % of 10,000 samples of high quality "
        "(classifier right on 95.0 % of other real digits; KL divergence 0.124)",
    ]
