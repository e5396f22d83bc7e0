"""What batch norm works on when a generator draws."""

import keras
import numpy as np
import pytest

import models
from common.errors import UserError
from evaluation import batch_statistics, snapshots, study_pass
from models.base.generative import fixed_noise
from training import runs

SMALL = {"g_width": 0.0625, "d_width": 0.0625}
WRONG = 5.0  # what the moving averages are set to


@pytest.fixture(autouse=True)
def few_batches(monkeypatch):
    monkeypatch.setattr(batch_statistics, "BATCHES", 3)


def generator(**config):
    return models.create("dcgan", (28, 28, 1), 0, seed=1, **SMALL, **config)


def spoil(model, averages=WRONG):
    """Sets the moving averages of a generator's batch norm."""
    for layer in batch_statistics.layers(model):
        layer.moving_mean.assign(np.full(layer.moving_mean.shape, averages))
        layer.moving_variance.assign(np.full(layer.moving_mean.shape, averages))
    return model


class Spoilt(runs.Run):
    """A run whose one checkpoint has moving averages that lag."""

    def checkpoints(self):
        return [10]

    def restore_networks(self, model, step):
        spoil(model)


def spoilt_run(tmp_path, model="dcgan"):
    run = Spoilt(tmp_path, "r")
    run.config = {
        "model": model, "image_shape": [28, 28, 1], "num_classes": 0, "seed": 1,
        "config": SMALL,
    }  # fmt: skip
    return run


def test_standing_statistics_are_the_average_of_fresh_batches():
    model, other = spoil(generator()), generator()
    batch_statistics.Standing(model).update()

    layers = batch_statistics.layers(other)
    for layer in layers:
        layer.momentum = 0.0  # the moving average is the last batch's
    rng, seen = fixed_noise(batch_statistics.SEED), []
    for _ in range(3):
        other.generator(other.latent(batch_statistics.BATCH, rng), training=True)
        seen.append(
            [(x.moving_mean.numpy(), x.moving_variance.numpy()) for x in layers]
        )
    for k, layer in enumerate(batch_statistics.layers(model)):
        mean, variance = (np.mean([b[k][n] for b in seen], axis=0) for n in (0, 1))
        np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            layer.moving_variance, variance, rtol=1e-4, atol=1e-5
        )


def test_standing_statistics_leave_the_model_s_noise_and_weights_alone():
    model, before = generator(), generator()
    state = model.rng.state.numpy()
    batch_statistics.Standing(model).update()
    np.testing.assert_array_equal(model.rng.state, state)
    pairs = zip(
        model.generator.trainable_weights,
        before.generator.trainable_weights,
        strict=True,
    )
    for own, first in pairs:
        np.testing.assert_array_equal(own, first)


def test_a_lag_is_seen_and_gone_with_standing_statistics():
    model = spoil(generator())
    z = model.probe(64)
    assert batch_statistics.lag(model, z) > batch_statistics.VISIBLE
    batch_statistics.Standing(model).update()
    assert batch_statistics.lag(model, z) < batch_statistics.VISIBLE / 2


def test_a_lag_is_measured_without_moving_the_averages():
    model = spoil(generator())
    batch_statistics.lag(model, model.probe(64))
    assert float(batch_statistics.layers(model)[0].moving_mean[0]) == WRONG


@pytest.mark.parametrize("statistics", batch_statistics.NAMES)
def test_a_snapshot_draws_by_the_statistics_of_its_flag(tmp_path, statistics):
    snapshot = snapshots.Snapshot(spoilt_run(tmp_path), statistics=statistics)
    snapshot.show(10)
    reference = spoil(
        generator(sampling="batch" if statistics == "batch" else "moving")
    )
    if statistics == "standing":
        batch_statistics.Standing(reference).update()
    z = np.asarray(reference.probe(64))
    np.testing.assert_array_equal(snapshot.draw(z), reference.draw(z))
    assert snapshot.label == ("r", f"step 10 {statistics} statistics")
    assert statistics.replace("batch", "batches") in batch_statistics.words(
        snapshot.model
    )


def test_the_average_of_the_generator_has_statistics_of_its_own():
    model = models.create(
        "dcgan", (28, 28, 1), 0, seed=1, averaged=True, **SMALL, ema=0.9
    )
    spoil(model)
    batch_statistics.Standing(model).update()
    (own, *_), (raw, *_) = (
        [x for x in net.layers if isinstance(x, keras.layers.BatchNormalization)]
        for net in (model.networks["generator_ema"], model.generator)
    )
    assert abs(float(own.moving_mean[0])) < 1
    assert float(raw.moving_mean[0]) == 0


def test_a_translator_has_no_choice(tmp_path):
    run = spoilt_run(tmp_path, "pix2pix")
    run.config |= {"image_shape": [32, 32, 3], "config": {}}
    snapshot = snapshots.Snapshot(run, statistics="standing")
    with pytest.raises(
        UserError, match="makes translations, and --statistics standing"
    ):
        snapshot.model  # noqa: B018


def test_eval_says_where_the_moving_averages_lag(tmp_path, caplog):
    snapshot = snapshots.Snapshot(spoilt_run(tmp_path))
    snapshot.show(10)
    study_pass.warn_of_lag(snapshot)
    assert "run r at step 10" in caplog.text
    assert "--statistics standing" in caplog.text


def test_eval_is_silent_where_statistics_are_chosen(tmp_path, caplog):
    snapshot = snapshots.Snapshot(spoilt_run(tmp_path), statistics="moving")
    snapshot.show(10)
    study_pass.warn_of_lag(snapshot)
    assert not caplog.text
