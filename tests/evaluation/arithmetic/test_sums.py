"""Arithmetic on latents of a run whose concepts are known."""

import json
import types

import imageio.v3
import numpy as np
import pytest
from fake_data import SIDE, FaceModel, converted, faces_dataset, trained_on
from fake_run import CodedModel, InfoModel, OneWay

from common.errors import UserError
from evaluation import eval_command, one_checkpoint, snapshots
from evaluation.arithmetic import members, sums
from evaluation.eval_options import EvalOptions
from evaluation.features import train_classifier
from training import runs

EXPRESSION = "smiling woman - neutral woman + neutral man"
SLUG = "smiling-woman-minus-neutral-woman-plus-neutral-man"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return faces_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    trained = train_classifier.load_or_train
    monkeypatch.setattr(
        train_classifier, "load_or_train", lambda made: trained(made, 30)
    )
    monkeypatch.setattr(sums, "LATENTS", 400)


def shown(made, kind=FaceModel):
    snapshot = snapshots.Snapshot(trained_on(made, kind))
    snapshot.show(300)
    return snapshot


def answered(made, directory, expression=EXPRESSION):
    """The report on an expression, and its sheet."""
    picture, report = sums.draw(shown(made), made, directory, expression)
    assert picture.stem == report.stem
    return json.loads(report.read_text()), imageio.v3.imread(picture)


def test_a_smiling_man_is_found(made, tmp_path):
    report, _ = answered(made, tmp_path)
    assert report["result"]["words"] == ["Male", "Smiling"]
    assert min(report["result"]["probabilities"].values()) > 0.8


def test_the_operands_are_what_they_should_be(made, tmp_path):
    report, _ = answered(made, tmp_path)
    z = trained_on(made, FaceModel).model.probe(400)
    for operand, (sign, male, smiling) in zip(
        report["operands"], [(1, 0, 1), (-1, 0, 0), (1, 1, 0)], strict=True
    ):
        count = np.sum(((z[:, 0] > 0) == male) & ((z[:, 1] > 0) == smiling))
        assert operand["sign"] == sign
        assert operand["members"] == pytest.approx(count, abs=12)
        assert operand["conditions"] == {"Male": bool(male), "Smiling": bool(smiling)}
        assert operand["mean"]["words"] == ["Male"] * male + ["Smiling"] * smiling


def test_the_report_has_the_accuracy(made, tmp_path):
    report, _ = answered(made, tmp_path)
    assert report["expression"] == EXPRESSION
    assert report["samples"] == 400
    assert "held-out accuracy" in report["classifier"]
    assert report["scores"]["Male"]["accuracy"] == 1
    assert report["scores"]["Male"]["commonest"] == pytest.approx(0.5, abs=0.1)


def test_files_are_named_after_the_expression(made, tmp_path):
    answered(made, tmp_path)
    assert {path.name for path in (tmp_path / "arithmetic").iterdir()} == {
        f"{SLUG}.png", f"{SLUG}.json"
    }  # fmt: skip


def test_groups_that_are_too_small_are_all_named_beside_what_works(
    made, tmp_path, monkeypatch
):
    monkeypatch.setattr(members, "SMALLEST_GROUP", 150)
    text = (
        r"'smiling woman' of \d+, 'neutral woman' of \d+, 'neutral man' of \d+; .*"
        r"Male \(\d+\), Smiling \(\d+\)$"
    )
    with pytest.raises(UserError, match=text):
        answered(made, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_conditional_model_is_asked_by_its_own_labels(tmp_path):
    labels = np.random.default_rng(0).integers(0, 5, 300)  # no image shows which
    images = np.random.default_rng(1).normal(0, 0.1, (300, SIDE, SIDE, 3))
    made = converted(tmp_path, "noise", images, labels=labels, classes="abcde")
    _, path = sums.draw(shown(made, CodedModel), made, tmp_path, "e - a + b")
    report = json.loads(path.read_text())
    assert [o["members"] for o in report["operands"]] == [80, 80, 80]
    assert sums.sentence(report).endswith(
        "; classes of the operands: the model's labels"
    )


def test_a_code_that_is_no_label_is_not_taken_for_one(tmp_path):
    model = shown(faces_dataset(tmp_path), InfoModel).model
    info = types.SimpleNamespace(classes=("a", "b", "c"))
    assert members.own_labels(model, info, model.probe(9)) is None


def test_an_unknown_attribute_names_those_there_are(made, tmp_path):
    with pytest.raises(UserError, match=r"no 'beret' .*: it has Male, Smiling"):
        answered(made, tmp_path, "man - beret")
    assert not list(tmp_path.iterdir())


def space(made, z, kind=FaceModel):
    return sums.LatentSpace(snapshots.Snapshot(trained_on(made, kind)), z)


def test_a_result_is_as_far_from_the_centre_as_latents_are(made):
    z = np.random.default_rng(0).uniform(0, 1, (500, 8))
    found = space(made, z)
    a, b = z[:40].mean(axis=0), z[40:90].mean(axis=0)
    result = found.sum([(1, a), (-1, b), (1, z[0])])
    away = np.linalg.norm(result - z.mean(axis=0))
    assert away == pytest.approx(np.linalg.norm(z - z.mean(axis=0), axis=1).mean())


def test_the_direction_is_that_of_the_sum_seen_from_the_centre(made):
    z = np.random.default_rng(0).uniform(0, 1, (500, 8))
    found, centre = space(made, z), z.mean(axis=0)
    result = found.sum([(1, z[0]), (-1, z[1]), (1, z[2])]) - centre
    plain = z[0] - z[1] + z[2] - centre
    cosine = result @ plain / np.linalg.norm(result) / np.linalg.norm(plain)
    assert cosine == pytest.approx(1)


def test_what_cancels_is_the_centre(made):
    z = np.random.default_rng(0).uniform(0, 1, (500, 8))
    result = space(made, z).sum([(1, z[0]), (-1, z[0])])
    np.testing.assert_allclose(result, z.mean(axis=0), rtol=1e-6)


def test_codes_are_added_as_they_are(made):
    z = np.random.default_rng(0).uniform(-1, 1, (500, 9))
    z[:, 4:] = np.eye(5)[np.arange(500) % 5]
    result = space(made, z, CodedModel).sum([(1, z[0]), (-1, z[1]), (1, z[3])])
    assert result[4:].tolist() == [1, -1, 0, 1, 0]


def test_neighbours_are_about_the_result(made):
    snapshot = shown(made)
    z = snapshot.model.probe(400)
    found = sums.LatentSpace(snapshot, z)
    images = sums.neighbourhood(snapshot, z[0], found)
    drawn = np.concatenate(snapshot.model.seen)
    middle = drawn[np.isclose(drawn, z[0]).all(axis=1)]
    offsets = drawn[:9] - z[0]
    assert len(images) == 9
    assert len(middle) >= 1
    assert not offsets[4].any()
    others = np.delete(offsets, 4, axis=0)
    assert np.abs(others).max() == pytest.approx(0.25 * 3**0.5, rel=0.1)


def answer(made, directory, *, kind=FaceModel, step="all", data_dir=None):
    data_dir = data_dir or made.directory.parents[1]
    options = EvalOptions(arithmetic=EXPRESSION, step=step, data_dir=data_dir)
    return one_checkpoint.answer(trained_on(made, kind), directory, options)


def test_the_latest_checkpoint_is_asked(made, tmp_path):
    paths = answer(made, tmp_path)
    assert json.loads(paths[1].read_text())["step"] == 300


def test_another_checkpoint_is_asked_on_demand(made, tmp_path):
    paths = answer(made, tmp_path, step="100")
    assert json.loads(paths[1].read_text())["step"] == 100


def test_without_its_data_a_run_is_not_asked(made, tmp_path):
    with pytest.raises(UserError, match=r"no converted dataset.*--data_dir"):
        answer(made, tmp_path, data_dir=tmp_path)


def test_a_result_is_a_sentence(made, tmp_path):
    paths = answer(made, tmp_path)
    (sentence,) = [line for path in paths for line in one_checkpoint.sentences(path)]
    assert sentence.startswith(f"{EXPRESSION} = Smiling (")
    assert "held-out accuracy" in sentence


def test_a_run_of_points_is_refused(made, tmp_path):
    run = trained_on(made)
    run.model.image_shape = (1, 1, 2)
    with pytest.raises(UserError, match="run 'a' makes points"):
        one_checkpoint.answer(run, tmp_path, EvalOptions(arithmetic=EXPRESSION))


def test_a_run_that_translates_is_refused(made, tmp_path):
    with pytest.raises(UserError, match="run 'a' makes translations of images"):
        answer(made, tmp_path, kind=OneWay)


def test_one_run_is_asked_at_a_time(made, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "open", lambda folder: trained_on(made, name=folder.name))
    with pytest.raises(UserError, match=r"for one run, and --name gives 2"):
        eval_command.run([], EvalOptions(name="a,b", arithmetic=EXPRESSION))


def test_the_command_writes_the_answer_alone(made, tmp_path, monkeypatch, capsys):
    run = trained_on(made, FaceModel, networks=("generator_ema",))
    monkeypatch.setattr(runs, "open", lambda _: run)
    options = EvalOptions(
        name="a",
        ema=True,
        arithmetic=EXPRESSION,
        data_dir=made.directory.parents[1],
        summary_dir=tmp_path / "summary",
        assets_dir=tmp_path,
    )
    eval_command.run([], options)
    folder = tmp_path / "a" / "ema" / "arithmetic"
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == [
        folder / f"{SLUG}.json", folder / f"{SLUG}.png"
    ]  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith(f"{EXPRESSION} = ")
    assert lines[3].startswith("next: tensorboard")
