"""What is measured, and on how many images."""

import keras
import numpy as np
import pytest
from fake_data import converted
from fake_means import Model, images

from common.errors import UserError
from evaluation.measure import during_training, measurement, plans, provenance
from evaluation.report import panels


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
    apart = Model().probe(60, 5).mean(axis=0) - measurer.gaussian.mean
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
    monkeypatch.setattr(measurement, "IN_MEMORY", 7)
    assert measurer.cheap(measurement.Sampler(Model())) == pytest.approx(
        whole, rel=1e-4
    )


def test_real_features_are_kept_for_the_next_time(measurer, made, means, tmp_path):
    means.seen.clear()
    again = measurement.Measurer(made, measurer.plan, tmp_path)
    assert not means.seen
    np.testing.assert_array_equal(again.real.features, measurer.real.features)
    np.testing.assert_array_equal(again.real.logits, measurer.real.logits)


def changed(path):
    """Adds 1 to the features in a file, and leaves all else as it was."""
    with np.load(path) as saved:
        arrays = dict(saved)
    np.savez(path, **arrays | {"features": arrays["features"] + 1})


def test_features_that_were_changed_are_computed_again(
    measurer, made, means, tmp_path, caplog
):
    (path,) = made.directory.glob("*.npz")
    changed(path)
    means.seen.clear()
    again = measurement.Measurer(made, measurer.plan, tmp_path)
    assert sum(means.seen) == 60
    assert f"{path} is damaged" in caplog.messages[0]
    np.testing.assert_array_equal(again.real.features, measurer.real.features)


def test_the_certificate_says_what_the_numbers_are_of(measurer):
    first = measurer.provenance(Model())
    expected = {
        "extractor": "means", "extractor_hash": "d" * 64, "dataset": "halves",
        "split": "train", "floor_split": "test", "real_images": 60, "samples": 60,
        "seed": 5, "weights": "raw", "batch_norm": "moving averages", "crop": "none",
        "resize": "antialias", "precision": "float32",
    }  # fmt: skip
    assert expected.items() <= first.to_json().items()
    averaged = Model(sampling="batch", layers=[keras.layers.BatchNormalization()])
    averaged.averaged = True
    differing = first.differences(measurer.provenance(averaged))
    assert [text.split()[0] for text in differing] == ["weights", "batch_norm"]
    without = Model(sampling="batch", layers=[keras.layers.Dense(1)])
    assert first.differences(measurer.provenance(without)) == []


def test_training_goes_on_without_numbers_that_are_not_finite(measurer, monkeypatch):
    monkeypatch.setattr(during_training.run_metrics, "measurer", lambda *_: measurer)
    evaluator = during_training.evaluator(measurer.info, {"data_dir": "."})
    assert set(evaluator.measure(Model())) >= {"fid_means", "kid_means"}
    assert evaluator.measure(Model(shift=float("nan"))) == {}
    assert evaluator.plan["extractor_hash"] == "d" * 64


def test_features_of_other_data_are_not_taken_over(measurer, made, means, tmp_path):
    other = converted(tmp_path, "halves", images(140, seed=1), tests=60)
    means.seen.clear()
    measurement.Measurer(other, measurer.plan, tmp_path)
    assert sum(means.seen) == 60


@pytest.mark.parametrize(("samples", "limit"), [(61, "at most 60"), (9, "at least 10")])
def test_a_number_that_does_not_fit_is_named(made, samples, limit):
    flags = plans.MetricFlags(eval_samples=samples)
    with pytest.raises(UserError, match=rf"--eval_samples {samples} .*{limit}"):
        plans.resolve(made, flags)


def test_without_flags_the_dataset_decides(made, tmp_path):
    assert plans.resolve(made, plans.MetricFlags()) == plans.MetricPlan("random", 60, 0)
    labels = np.arange(90) % 2
    both = converted(tmp_path, "told", images(90), labels=labels, classes="ab")
    flags = plans.MetricFlags.of({"eval_seed": 4, "steps": 10})
    assert plans.resolve(both, flags) == plans.MetricPlan("classifier", 45, 4)


@pytest.mark.parametrize(
    ("dimensions", "remedy"), [(60, "--eval_samples 61 to 70"), (80, "has 70 to")]
)
def test_of_few_images_the_fid_alone_is_left_out(
    tmp_path, means, monkeypatch, dimensions, remedy
):
    monkeypatch.setattr(means, "dimensions", dimensions, raising=False)
    monkeypatch.setattr(measurement, "diversity", lambda images: {})
    info = converted(tmp_path, "small", images(140))
    small = measurement.Measurer(info, plans.MetricPlan("means", 60, 5), tmp_path)
    assert remedy in small.without_fid()
    numbers = small.numbers(measurement.Sampler(Model()))
    assert "fid_means" not in numbers
    assert {"kid_means", "recall_means", "score_means"} <= set(numbers)
    assert "kid_means" in small.floor


def test_a_band_goes_from_the_lowest_to_the_highest_seed():
    curve = panels.band("a", [{1: 2.0, 2: 4.0}, {1: 4.0}])
    assert (curve.steps, curve.mean) == ([1, 2], [3.0, 4.0])
    assert (curve.low, curve.high) == ([2.0, 4.0], [4.0, 4.0])


def test_nothing_has_an_empty_band():
    assert panels.band("a", []).steps == []
