"""What a model card says."""

import dataclasses
import pathlib
import types
from typing import get_args

import fake_metrics
import keras
import numpy as np
import pytest

import models
from datasets.info import Info
from evaluation.export import example_code, model_card
from models.base import latent

POINT = (1, 1, 2)
MADE = Info(
    dataset="digits",
    split="train",
    count=1797,
    skipped=0,
    shape=(28, 28, 1),
    classes=("zero", "one|uno"),
    attributes=(),
    crop="center20",
    resize="antialias",
    seed=0,
    source="a1b2",
    licence="CC BY 4.0",
    shards=(),
    directory=pathlib.Path("/home/somebody/data/digits/28px"),
)
SERIES = fake_metrics.series(
    {10: {"fid": 12.3456789, "modes": 8}, 20: {"fid": 9.5}}, {"fid": 1.25}, samples=5000
)


@pytest.fixture(scope="module")
def snapshot():
    model = models.create("infogan", POINT, z="unit", z_dim=6, continuous=1, d_lr=3e-5)
    config = {
        "model": "infogan",
        "dataset": {"name": "digits", "count": 1797, "fingerprint": "f00d"},
        "steps": 4000,
        "batch_size": 48,
        "watch": {"ckpt_step": 123},
        "environment": {"python": "3.10.1", "keras": "3.99"},
    }
    run = types.SimpleNamespace(name="mine", config=config)
    return types.SimpleNamespace(run=run, model=model, step=1000)


@pytest.fixture
def text(snapshot):
    """The card of a step."""

    def write(step=1000, **others):
        snapshot.step = step
        return model_card.text(snapshot, **{"networks": ["generator.keras"], **others})

    return write


def rows(text):
    """The cells of all tables' rows."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [tuple(line.strip("| ").split(" | ")) for line in lines]


def test_it_says_what_it_is(text):
    said = text()
    assert said.startswith("# mine at step 1,000\n\nInfoGAN: Chen et al., 2016,")
    assert model_card.SIGNATURE in said
    assert {("run", "mine"), ("step", "1,000 of 4,000"), ("weights", "raw")} <= set(
        rows(said)
    )


def test_the_average_is_named(text, snapshot, monkeypatch):
    monkeypatch.setattr(snapshot.model, "averaged", True)
    assert ("weights", "their moving average (EMA)") in rows(text())


def test_every_option_of_the_model_is_there(text, snapshot):
    said = dict(row for row in rows(text()) if len(row) == 2)
    for name, value in dataclasses.asdict(snapshot.model.config).items():
        assert said[name] in (str(value), str(value).lower())
    assert said["batch_size"] == "48"
    assert "123" not in text()  # how it was watched


def test_the_numbers_of_z_are_laid_out(text):
    said = text()
    assert "latents `z`, float32 [n, 17]" in said
    assert {
        ("0 to 5", "noise", "U(0, 1)"),
        ("6 to 15", "c1, categorical", "one-hot, each as likely"),
        ("16", "c2, continuous", "U(-1, 1)"),
    } <= set(rows(said))


def test_the_data_is_told_as_far_as_it_is_known(text):
    without, known = text(), text(info=MADE)
    for said in (without, known):
        count, fingerprint = ("count", "1797"), ("fingerprint", "f00d")
        assert {("name", "digits"), count, fingerprint} <= set(rows(said))
    crop, licence = ("crop", "center20"), ("licence", "CC BY 4.0")
    assert {crop, licence, ("resize", "antialias")} <= set(rows(known))
    assert "zero, one\\|uno" in known  # no new column
    assert "licence are not known here" in without
    assert "not known here" not in known
    assert "somebody" not in known


def test_what_others_named_is_shown_and_is_no_markup(text, snapshot, monkeypatch):
    hostile = "<script>alert(1)</script>\n\n# [x](javascript:y) `z`"
    shown = "&lt;script&gt;alert(1)&lt;/script&gt; # \\[x\\](javascript:y) \\`z\\`"
    dataset = {"name": hostile, hostile: 1}
    monkeypatch.setattr(snapshot.run, "name", hostile)
    monkeypatch.setitem(snapshot.run.config, "dataset", dataset)
    monkeypatch.setitem(snapshot.run.config, hostile, hostile)

    info = dataclasses.replace(MADE, classes=(hostile,), licence=hostile)
    series = fake_metrics.series({1000: {hostile: 1.5}}, dataset=hostile)
    said = text(info=info, series=series)
    assert "<script" not in said
    assert "[x](" not in said.replace("\\[x\\](", "")
    assert said.count(shown) == said.count("alert(1)") == 10


def test_metrics_come_with_their_certificate(text):
    said = text(step=10, series=SERIES)
    assert {
        ("fid", "12.3457", "1.25"),
        ("modes", "8"),  # no floor
        ("samples", "5000"),
        ("versions.tensorflow", "2.21.0"),
    } <= set(rows(said))
    assert "9.5" not in said


@pytest.mark.parametrize("series", [None, SERIES])
def test_what_was_not_measured_is_said(series, text):
    said = text(step=1000, series=series)
    others = "; measured were steps 10, 20" if series else ""
    assert f"Step 1,000 was not measured{others}." in said
    assert "12.3" not in said


def test_versions_of_then_and_now(text):
    import keras
    import tensorflow as tf

    assert {
        ("keras", "3.99", keras.__version__),
        ("tensorflow", "unknown", tf.__version__),
    } <= set(rows(text()))


def test_a_missing_file_has_its_reason(text):
    assert "no .keras file: dropout stays on" in text(networks=[])
    assert "no .keras file" not in text()


def test_a_batch_is_asked_for_where_images_depend_on_it(snapshot):
    batch = types.SimpleNamespace(sampling="batch")
    assert "image depends on those beside it" in " ".join(model_card.seeds(batch))
    assert "image depends" not in " ".join(model_card.seeds(snapshot.model))


def test_standing_statistics_are_named():
    standing = types.SimpleNamespace(
        sampling="standing",
        sampler=types.SimpleNamespace(layers=[keras.layers.BatchNormalization()]),
    )
    lines = model_card.seeds(standing)
    assert "Batch norm works on standing statistics of 100 batches of 64." in lines


@pytest.mark.parametrize("kind", get_args(latent.Prior))
def test_numpy_draws_the_same_latents(kind, snapshot, monkeypatch):
    monkeypatch.setattr(example_code, "IMAGE_COUNT", 4000)
    config = dataclasses.replace(snapshot.model.config, z=kind)
    names = {}
    exec(example_code.latents(types.SimpleNamespace(config=config, codes=())), names)
    z, expected = names["z"], latent.fixed_noise_rows(names["rng"], (4000, 6), kind)
    assert z.dtype == np.float32
    for value in (lambda x: x, lambda x: np.linalg.norm(x, axis=1)):
        found, wanted = value(z), value(expected)
        np.testing.assert_allclose(found.mean(), wanted.mean(), atol=0.05)
        np.testing.assert_allclose(found.std(), wanted.std(), atol=0.05)


def test_numpy_draws_the_codes(snapshot):
    names = {}
    exec(example_code.latents(snapshot.model), names)
    z = names["z"]
    assert z.shape == (example_code.IMAGE_COUNT, snapshot.model.inputs)
    np.testing.assert_array_equal(np.sort(z[:, 6:16]), np.eye(10)[[9] * len(z)])
    assert -1 <= z[:, 16].min() < 0 < z[:, 16].max() <= 1
