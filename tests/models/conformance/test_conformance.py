"""What every model promises; parametrised over models.MODELS."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from narrow_models import (
    ADVERSARIAL,
    SHAPE,
    batch,
    create,
    values,
)

import models
from training import checkpoints, saver

CODED = ["cgan", "acgan", "infogan"]


def probe(model, rows):
    return model.probe(batch(rows=rows))


def moved(before, network, trained):
    """Which of a network's trained variables, or of its averages, have moved."""
    return [
        not np.array_equal(a, v.numpy())
        for a, v in zip(before, network.weights, strict=True)
        if v.trainable == trained
    ]


def still(before, network):
    return not any(moved(before, network, True) + moved(before, network, False))


def test_a_probe_gives_images_in_range(name):
    model = create(name)
    images = model(probe(model, 5))
    assert images.shape == (5, *SHAPE)
    assert images.dtype == tf.float32
    assert np.abs(images).max() <= 1.0


def test_drawing_is_calling_compiled_in_two_traces_at_most(latent):
    model = create(latent)
    traces = model.draw.experimental_get_tracing_count
    for count in (2, 3, 4, 5):
        z = model.probe(count)
        np.testing.assert_allclose(model.draw(z), model(z), rtol=0, atol=1e-5)
    assert traces() <= 2


def test_the_probe_is_fixed_and_its_first_rows_do_not_depend_on_its_size(latent):
    few = create(latent).probe(3)
    many = create(latent).probe({"image": tf.zeros((7, 1))})
    np.testing.assert_array_equal(few, many[:3])
    assert not np.array_equal(few, create(latent, seed=1).probe(3))


def test_the_seed_fixes_weights_and_noise(name):
    one, same, other = create(name), create(name), create(name, seed=1)
    for key, network in one.networks.items():
        for a, b in zip(values(network), values(same.networks[key]), strict=True):
            np.testing.assert_array_equal(a, b)
    noise = [model.rng.normal((4,)) for model in (one, same, one, other)]
    np.testing.assert_array_equal(noise[0], noise[1])
    assert not np.array_equal(noise[0], noise[2])
    assert not np.array_equal(noise[0], noise[3])


def test_a_step_logs_finite_scalars(name):
    model = create(name)
    logs = model.train_step([batch(i) for i in range(model.batches_per_step)])
    losses = {"loss"} if name == "vae" else {"d_loss", "g_loss"}
    assert losses <= logs.keys()
    assert all(value.shape == () and np.isfinite(value) for value in logs.values())


def test_each_player_moves_its_own_networks_and_their_averages(gan):
    model = create(gan)
    generator, discriminator = model.generator, model.discriminator
    data = {**batch(), "z": model.latent(batch())}

    before_g, before_d = values(generator), values(discriminator)
    model.update_d(data)
    assert still(before_g, generator)
    assert any(moved(before_d, discriminator, True))
    assert all(moved(before_d, discriminator, False))

    before_d = values(discriminator)
    model.update_g(data)
    assert still(before_d, discriminator)
    assert any(moved(before_g, generator, True))
    assert all(moved(before_g, generator, False))


@pytest.mark.parametrize("gan", ["dcgan", "ebgan"])
def test_averages_move_once_a_step_and_only_on_real_images(gan):
    model = create(gan)
    data = {**batch(), "z": model.latent(batch())}
    layers = model.discriminator.layers
    norm = next(n for n in layers if isinstance(n, keras.layers.BatchNormalization))
    seen = keras.Model(model.discriminator.inputs, norm.input)(data["image"])
    model.update_d(data)
    expected = 0.01 * np.mean(seen, axis=(0, 1, 2))  # decay 0.99, from 0
    np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-8)


def test_a_restored_model_goes_on_bit_equal(name, tmp_path):
    step = tf.Variable(0, dtype=tf.int64)

    def two_steps(model):
        for i in range(2):
            model.train_step([batch(i + n) for n in range(model.batches_per_step)])

    model = create(name)
    two_steps(model)
    identity = {"model": name, "config": {}, "image_shape": list(SHAPE)}
    state = checkpoints.everything(model, step)
    with contextlib.closing(saver.Saver(state, tmp_path, identity)) as saving:
        saving.save(2)
        saving.wait()
    two_steps(model)

    other = create(name, seed=9)
    checkpoints.restore(checkpoints.everything(other, step), tmp_path, 2, identity)
    two_steps(other)
    for key, network in model.networks.items():
        for a, b in zip(values(network), values(other.networks[key]), strict=True):
            np.testing.assert_array_equal(a, b)
    for key, value in model.extras().items():
        np.testing.assert_array_equal(value, other.extras()[key])
    for key, player in model.players.items():
        slots = other.players[key].optimizer.variables
        for a, b in zip(player.optimizer.variables, slots, strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(model.rng.state, other.rng.state)


def test_pictures_leave_the_noise_of_a_run_alone(name):
    options = {"moving": "always"} if name in ADVERSARIAL else {}
    model = create(name, **options)
    weights = [values(network) for network in model.networks.values()]
    before = model.rng.state.numpy()
    first = model.histograms(batch()), model.pictures(batch())
    again = model.histograms(batch()), model.pictures(batch())
    np.testing.assert_array_equal(model.rng.state, before)
    for kept, network in zip(weights, model.networks.values(), strict=True):
        assert still(kept, network)
    for one, other in zip(first, again, strict=True):
        for key, value in one.items():
            np.testing.assert_array_equal(value, other[key])


@pytest.mark.parametrize("jit_compile", [None, True])
def test_a_step_in_mixed_precision_is_finite(name, jit_compile):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = create(name)
        step = tf.function(model.train_step, autograph=False, jit_compile=jit_compile)
        logs = step([batch()])
    finally:
        keras.config.set_dtype_policy("float32")
    assert all(v.dtype == tf.float32 and np.isfinite(v) for v in logs.values())
    weights = [v for network in model.networks.values() for v in network.weights]
    assert {v.dtype for v in weights} <= {"float32", "int64", "uint32"}


@pytest.mark.parametrize(
    "shape", [(28, 32, 1), (30, 30, 1), (24, 24, 1), (260, 260, 3), (28, 28, 2)]
)
def test_a_shape_that_does_not_fit_is_refused(name, shape):
    with pytest.raises(ValueError, match="do not fit"):
        models.create(name, shape)


def test_an_unknown_model_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'gna'.*dcgan, lsgan, wgan"):
        models.create("gna", SHAPE)


def test_no_other_net_takes_points(translator):
    with pytest.raises(ValueError, match=f"{translator} takes no points"):
        models.create(translator, (1, 1, 2))


def test_every_loss_runs_on_points(latent):
    model = models.create(latent, (1, 1, 2), 8, z_dim=4)
    assert model.kind == "points"
    assert model.config.net == "points"
    points = tf.random.uniform((8, 1, 1, 2), -1.0, 1.0)
    before = model(model.probe(8))
    assert before.shape == (8, 1, 1, 2)
    data = {"image": points, "label": tf.range(8)}
    logs = model.train_step([data] * model.batches_per_step)
    assert all(np.isfinite(value) for value in logs.values())
    assert not np.array_equal(before, model(model.probe(8)))


def test_points_do_not_fit_convolutions():
    with pytest.raises(ValueError, match="points do not fit net=resnet"):
        models.create("wgan-gp", (1, 1, 2), net="resnet")
