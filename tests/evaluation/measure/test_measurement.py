"""What is measured, on how many images, and what it costs to ask again."""

import types

import keras
import numpy as np
import pytest
from fake_data import SIDE, converted

from common.errors import UserError
from evaluation.features import extractor
from evaluation.measure import during_training, measurement, plans, provenance, results
from evaluation.report import panels


class Means:
    """Sees the mean of each half of an image; its logits say which is brighter."""

    name, digest, description, dimensions = "means", "d" * 64, "two means", 2
    classes = ("left", "right")

    def __init__(self):
        self.seen = []

    def __call__(self, images):
        self.seen.append(len(images))
        halves = images.reshape(len(images), SIDE, 2, SIDE // 2)
        means = halves.mean(axis=(1, 3), dtype=np.float32)
        return extractor.Features(means, 50 * means)


class Model:
    """Images whose halves are the two numbers of the latent."""

    averaged, codes, of_points, directions = False, (), False, ()

    def __init__(self, shift=0.0, sampling="moving", layers=()):
        self.shift = shift
        self.config = types.SimpleNamespace(sampling=sampling)
        self.networks = {"generator": types.SimpleNamespace(layers=layers)}

    def probe(self, count, seed):
        return np.random.default_rng(seed).normal(0, 0.2, (count, 2))

    def draw(self, z):
        import tensorflow as tf

        levels = tf.repeat(tf.cast(z, "float32") + self.shift, SIDE // 2, axis=1)
        return tf.tile(levels[:, None, :, None], [1, SIDE, 1, 1])


def images(count, seed=0):
    z = np.random.default_rng(seed).normal(0, 0.2, (count, 2))
    return np.tile(np.repeat(z, SIDE // 2, axis=1)[:, None, :, None], (1, SIDE, 1, 1))


@pytest.fixture
def made(tmp_path):
    return converted(tmp_path, "halves", images(140), tests=60)


@pytest.fixture
def means(monkeypatch):
    """The extractor that is created, whatever its name."""
    one = Means()
    monkeypatch.setattr(measurement.features, "create", lambda *_: one)
    return one


@pytest.fixture
def measurer(made, means, tmp_path, monkeypatch):
    # Diversity needs images of at least 11 pixels.
    monkeypatch.setattr(measurement, "diversity", lambda images: {"ms_ssim": 0.0})
    return measurement.Measurer(made, plans.Plan("means", 60, 5), tmp_path)


def test_numbers_carry_the_extractors_name(measurer):
    numbers = measurer.numbers(measurement.Sampler(Model()))
    assert {"fid_means", "kid_means", "kid_error_means", "recall_means"} <= set(numbers)
    assert {"score_means", "classes_means", "class_kl_means"} <= set(numbers)
    assert sum(numbers["classes_means"]) == 60
    assert all(key.endswith("_means") for key in set(numbers) - {"ms_ssim"})


def test_the_error_of_a_kid_is_not_that_of_one_subset(measurer):
    numbers = measurer.cheap(measurement.Sampler(Model()))
    assert numbers["kid_error_means"] > 1e-6


def test_a_shifted_model_is_as_far_as_it_was_shifted(measurer):
    near, far = (
        measurer.cheap(measurement.Sampler(Model(shift)))["fid_means"]
        for shift in (0.0, 0.25)
    )
    # The covariances are equal, so |m + s|^2 - |m|^2 is left of the two distances.
    apart = Model().probe(60, 5).mean(axis=0) - measurer.moments.mean
    assert far - near == pytest.approx(np.sum((apart + 0.25) ** 2 - apart**2), abs=0.01)


def test_the_floor_is_of_as_many_other_real_images(measurer, means, made):
    means.seen.clear()
    assert measurer.floor["fid_means"] < 0.05
    assert sum(means.seen) == 60
    reference, others = plans.halves(made)
    assert (provenance.part(reference), provenance.part(others)) == (
        "train",
        "test",
    )


def test_samples_are_the_same_however_they_are_cut(measurer, monkeypatch):
    whole = measurer.cheap(measurement.Sampler(Model()))
    monkeypatch.setattr(measurement, "PORTION", 7)
    assert measurer.cheap(measurement.Sampler(Model())) == pytest.approx(
        whole, rel=1e-4
    )


def test_real_features_are_kept_for_the_next_time(measurer, made, means, tmp_path):
    means.seen.clear()
    again = measurement.Measurer(made, measurer.plan, tmp_path)
    assert not means.seen
    np.testing.assert_array_equal(again.real.features, measurer.real.features)
    np.testing.assert_array_equal(again.real.logits, measurer.real.logits)


def test_the_certificate_says_what_the_numbers_are_of(measurer):
    found = measurer.certificate(Model())
    expected = {
        "extractor": "means", "extractor_hash": "d" * 64, "dataset": "halves",
        "split": "train", "floor_split": "test", "real_images": 60, "samples": 60,
        "seed": 5, "weights": "raw", "batch_norm": "moving averages", "crop": "none",
        "resize": "antialias", "precision": "float32",
    }  # fmt: skip
    assert expected.items() <= found.items()
    averaged = Model(sampling="batch", layers=[keras.layers.BatchNormalization()])
    averaged.averaged = True
    differing = provenance.differing(found, measurer.certificate(averaged))
    assert [text.split()[0] for text in differing] == ["weights", "batch_norm"]
    without = Model(sampling="batch", layers=[keras.layers.Dense(1)])
    assert provenance.differing(found, measurer.certificate(without)) == []


class Snapshot:
    """A run whose checkpoints hold one number each."""

    def __init__(self, directory):
        self.model, self.shown = Model(), []
        self.run = types.SimpleNamespace(
            name="a", checkpoint_directory=directory, load_model=lambda: self.model
        )

    def save(self, step, content):
        folder = self.run.checkpoint_directory / f"{step:08d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.index").write_text(content)

    def show(self, step):
        self.shown.append(step)


@pytest.fixture
def measure(measurer, tmp_path):
    """Measures steps of one snapshot, each call as eval.py's next one."""
    snapshot = Snapshot(tmp_path / "checkpoints")
    for step in (10, 20):
        snapshot.save(step, f"weights {step}")

    def run(steps, shown=snapshot):
        snapshot.shown.clear()
        return results.measure(snapshot.run, shown, measurer, steps, tmp_path)

    run.snapshot, run.file = snapshot, tmp_path / results.FILE
    return run


def test_only_what_has_changed_is_measured_again(measure):
    assert list(measure([10, 20, 30])["steps"]) == ["10", "20"]  # 30 has been removed
    measure.snapshot.save(20, "other weights")
    measure([10, 20])
    assert measure.snapshot.shown == [20]
    measure([10, 20])
    assert measure.snapshot.shown == []


def test_numbers_under_another_certificate_are_not_taken_over(measure, measurer):
    measure([10])
    measurer.plan = measurer.plan._replace(seed=6)
    measure([10])
    assert measure.snapshot.shown == [10]


def test_one_step_does_not_lose_the_others(measure):
    measure([10])
    assert list(measure([20])["steps"]) == ["10", "20"]
    known = results.load(measure.file.parent)["a"]
    assert list(known["steps"]) == ["10", "20"]


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', '{"a": {"steps": []}}'])
def test_a_damaged_file_is_made_anew(measure, text):
    measure.file.write_text(text)
    assert list(measure([10])["steps"]) == ["10"]


def test_images_that_are_not_finite_have_no_numbers(measure):
    measure.snapshot.model.shift = float("nan")
    found = measure([10])["steps"]["10"]
    assert list(found) == ["checkpoint"]
    assert results.by_step({"steps": {"10": found}}, "fid_means") == {}


def test_training_goes_on_without_numbers_that_are_not_finite(measurer, monkeypatch):
    monkeypatch.setattr(during_training.run_metrics, "measurer", lambda *_: measurer)
    evaluator = during_training.evaluator(measurer.info, {})
    assert set(evaluator.measure(Model())) >= {"fid_means", "kid_means"}
    assert evaluator.measure(Model(shift=float("nan"))) == {}
    assert evaluator.plan["extractor_hash"] == "d" * 64


def test_a_run_without_checkpoints_has_a_certificate_and_no_numbers(measure, measurer):
    found = measure([10], shown=None)
    assert found["steps"] == {}
    assert found["certificate"] == measurer.certificate(Model())


def test_features_of_other_data_are_not_taken_over(measurer, made, means, tmp_path):
    other = converted(tmp_path, "halves", images(140, seed=1), tests=60)
    means.seen.clear()
    measurement.Measurer(other, measurer.plan, tmp_path)
    assert sum(means.seen) == 60


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"eval_samples": 61}, r"--eval_samples 61 .*at most 60"),
        ({"eval_samples": 9}, r"--eval_samples 9 .*at least 10"),
    ],
)
def test_a_number_that_does_not_fit_is_named(made, given, message):
    with pytest.raises(UserError, match=message):
        plans.resolve(made, given)


def test_without_flags_the_dataset_decides(made, tmp_path):
    assert plans.resolve(made, {}) == plans.Plan("random", 60, 0)
    labels = np.arange(90) % 2
    both = converted(tmp_path, "told", images(90), labels=labels, classes="ab")
    assert plans.resolve(both, {"eval_seed": 4}) == plans.Plan("classifier", 45, 4)


def test_too_few_images_for_an_fid_are_refused(made, means, tmp_path):
    means.dimensions = 60
    with pytest.raises(UserError, match=r"60 .*--eval_samples"):
        measurement.Measurer(made, plans.Plan("means", 60, 0), tmp_path)


def test_a_band_goes_from_the_lowest_to_the_highest_seed():
    curve = panels.band("a", [{1: 2.0, 2: 4.0}, {1: 4.0}])
    assert (curve.steps, curve.mean) == ([1, 2], [3.0, 4.0])
    assert (curve.low, curve.high) == ([2.0, 4.0], [4.0, 4.0])


def test_nothing_has_an_empty_band():
    assert panels.band("a", []).steps == []
