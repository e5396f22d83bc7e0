"""What it costs to ask again, and that nothing is lost."""

import json
import types

import fake_metrics
import pytest
from fake_means import Model

from evaluation.measure import measurement, results, run_metrics


class Snapshot:
    """A run whose checkpoints hold one number each."""

    def __init__(self, directory):
        self.model = Model()
        self.run = types.SimpleNamespace(name="a", checkpoint_directory=directory)

    def save(self, step, content):
        folder = self.run.checkpoint_directory / f"{step:08d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.index").write_text(content)


@pytest.fixture
def measure(measurer, tmp_path):
    """Measures steps of one snapshot by a plan, each call as eval.py's next one."""
    snapshot = Snapshot(tmp_path / "checkpoints")
    for step in (10, 20):
        snapshot.save(step, f"weights {step}")

    def run(steps, **plan):
        asked = measurer.plan._replace(**plan)
        new = measurement.Measurer(measurer.info, asked, tmp_path)
        file = results.MetricsFile(tmp_path)
        recorder = run_metrics.Recorder(snapshot, new, file, steps)
        snapshot.measured = list(recorder.due)
        for step in steps:
            recorder.measure(step)
        recorder.save()
        return recorder.series

    run.snapshot, run.path = snapshot, tmp_path / results.METRICS_FILE
    run.all = lambda: results.MetricsFile(tmp_path).series(snapshot.run)
    return run


def test_only_what_has_changed_is_measured_again(measure):
    assert list(measure([10, 20, 30]).steps) == [10, 20]  # 30 has been removed
    measure.snapshot.save(20, "other weights")
    measure([10, 20])
    assert measure.snapshot.measured == [20]
    measure([10, 20])
    assert measure.snapshot.measured == []


def test_numbers_of_another_provenance_are_not_taken_over(measure):
    measure([10])
    measure([10], seed=6)
    assert measure.snapshot.measured == [10]


def test_one_step_does_not_lose_the_others(measure):
    measure([20])
    assert list(measure([10]).steps) == [10, 20]
    (series,) = measure.all()
    assert list(series.steps) == [10, 20]


def test_other_flags_add_and_lose_nothing(measure):
    """The series asked for last is where a reader of the first form looks for it."""
    first = measure([10, 20])
    second = measure([20], samples=50)
    assert measure.all() == [second, first]

    content = json.loads(measure.path.read_text())["a"]
    assert (content["certificate"]["samples"], list(content["steps"])) == (50, ["20"])
    (earlier,) = content["earlier"]
    assert list(earlier) == ["certificate", "extractor", "floor", "steps"]
    assert (earlier["certificate"]["samples"], list(earlier["steps"])) == (
        60,
        ["10", "20"],
    )

    measure([10])
    assert measure.snapshot.measured == []
    assert measure.all() == [first, second]


def test_one_provenance_is_written_as_ever(measure):
    measure([10])
    content = json.loads(measure.path.read_text())["a"]
    assert list(content) == ["certificate", "extractor", "floor", "steps"]
    assert next(iter(content["steps"]["10"])) == "checkpoint"


def test_other_checkpoints_have_no_numbers_of_any_provenance(measure):
    measure([10, 20])
    measure([20], samples=50)
    measure.snapshot.save(20, "other weights")
    (series,) = measure.all()
    assert (series.provenance.samples, list(series.steps)) == (60, [10])


def test_two_runs_are_kept_in_one_file(measure, tmp_path):
    measure([10])
    file = results.MetricsFile(tmp_path)
    other = types.SimpleNamespace(name="b", checkpoint_directory=tmp_path)
    file.put(other, fake_metrics.series({}))
    assert list(json.loads(measure.path.read_text())) == ["a", "b"]


def test_records_come_back_from_json():
    series = fake_metrics.series({10: {"fid": 1.5, "classes": [3, 4]}}, {"fid": 0.5})
    content = json.loads(json.dumps(series.to_json()))
    assert results.MetricSeries.from_json(content) == series


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1}', '{"a": {"steps": []}}', '{"a": {"earlier": [1]}}']
)
def test_a_damaged_file_is_made_anew_with_a_warning(measure, text, caplog):
    measure.path.write_text(text)
    assert list(measure([10]).steps) == [10]
    assert "metrics.json is damaged" in caplog.text
    caplog.clear()
    measure([10])
    assert not caplog.text


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["steps", "10", "fid_means"], "low"),
        (["steps", "10", "checkpoint"], 7),
        (["steps", "ten"], {"checkpoint": "c"}),
        (["certificate", "samples"], "60"),
        (["floor"], [1]),
    ],
)
def test_numbers_of_a_wrong_type_are_measured_anew(measure, keys, value, caplog):
    whole = measure([10])
    content = json.loads(measure.path.read_text())
    inner = content["a"]
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    measure.path.write_text(json.dumps(content))
    assert measure([10]) == whole
    assert keys[-1] in caplog.text


def test_what_is_damaged_takes_nothing_with_it(measure):
    measure([10])
    content = json.loads(measure.path.read_text())
    measure.path.write_text(json.dumps({"b": {}} | content))
    measure([10])
    assert measure.snapshot.measured == []


def test_images_that_are_not_finite_have_no_numbers(measure):
    measure.snapshot.model.shift = float("nan")
    series = measure([10])
    assert series.steps[10].numbers == {}
    assert series.by_step("fid_means") == {}


def test_a_run_without_checkpoints_has_a_provenance_and_no_numbers(measure, measurer):
    series = measure([30])
    assert series.steps == {}
    assert series.provenance == measurer.provenance(Model())
    assert json.loads(measure.path.read_text())["a"]["steps"] == {}
