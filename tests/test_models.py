"""What every model promises; parametrised over models.MODELS."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import models
from models.base import AdversarialModel
from training import checkpoints

SHAPE = (28, 28, 1)
NARROW = {"g_width": 1 / 32, "d_width": 1 / 32, "z_dim": 8}


@pytest.fixture(params=models.MODELS)
def name(request):
    return request.param


def create(name, seed=0, **overrides):
    return models.create(name, SHAPE, seed=seed, **(NARROW | overrides))


def batch(seed=0, rows=4):
    x = np.random.default_rng(seed).uniform(-1, 1, (rows, *SHAPE))
    return {"image": tf.constant(x, "float32")}


def values(network):
    return [v.numpy() for v in network.weights]


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
    images = model(model.probe(5))
    assert images.shape == (5, *SHAPE)
    assert images.dtype == tf.float32
    assert np.abs(images).max() <= 1.0


def test_the_probe_is_fixed_and_its_first_rows_do_not_depend_on_its_size(name):
    few, many = create(name).probe(3), create(name).probe({"image": tf.zeros((7, 1))})
    np.testing.assert_array_equal(few, many[:3])
    assert not np.array_equal(few, create(name, seed=1).probe(3))


def test_the_seed_fixes_weights_and_noise(name):
    one, same, other = create(name), create(name), create(name, seed=1)
    for key, network in one.networks.items():
        for a, b in zip(values(network), values(same.networks[key]), strict=True):
            np.testing.assert_array_equal(a, b)
    z = one.latent(4)
    np.testing.assert_array_equal(z, same.latent(4))
    assert not np.array_equal(z, one.latent(4))
    assert not np.array_equal(z, other.latent(4))


def test_a_step_logs_finite_scalars(name):
    model = create(name)
    logs = model.train_step([batch(i) for i in range(model.batches_per_step)])
    assert {"d_loss", "g_loss"} <= logs.keys()
    assert all(value.shape == () and np.isfinite(value) for value in logs.values())


def test_each_player_moves_its_own_networks_and_their_averages(name):
    model = create(name)
    assert isinstance(model, AdversarialModel)
    generator, discriminator = model.generator, model.discriminator
    data = {**batch(), "z": model.latent(4)}

    before_g, before_d = values(generator), values(discriminator)
    model.discriminator_step(data)
    assert still(before_g, generator)
    assert any(moved(before_d, discriminator, True))
    assert all(moved(before_d, discriminator, False))

    before_d = values(discriminator)
    model.generator_step(data)
    assert still(before_d, discriminator)
    assert any(moved(before_g, generator, True))
    assert all(moved(before_g, generator, False))


def test_averages_move_once_a_step_and_only_on_real_images(name):
    model = create(name)
    data = {**batch(), "z": model.latent(4)}
    layers = model.discriminator.layers
    norm = next(n for n in layers if isinstance(n, keras.layers.BatchNormalization))
    seen = keras.Model(model.discriminator.inputs, norm.input)(data["image"])
    model.discriminator_step(data)
    expected = 0.01 * np.mean(seen, axis=(0, 1, 2))  # decay 0.99, from 0
    np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-8)


def test_a_restored_model_goes_on_bit_equal(name, tmp_path):
    step = tf.Variable(0, dtype=tf.int64)

    def two_steps(model):
        for i in range(2):
            model.train_step([batch(i + n) for n in range(model.batches_per_step)])

    model = create(name)
    two_steps(model)
    checkpoints.save(checkpoints.everything(model, step), tmp_path, 2, 0, {})
    two_steps(model)

    other = create(name, seed=9)
    checkpoints.restore(checkpoints.everything(other, step), tmp_path, 2, {})
    two_steps(other)
    for key, network in model.networks.items():
        for a, b in zip(values(network), values(other.networks[key]), strict=True):
            np.testing.assert_array_equal(a, b)
    for key, player in model.players.items():
        slots = other.players[key].optimizer.variables
        for a, b in zip(player.optimizer.variables, slots, strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(model.rng.state, other.rng.state)


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
    assert {v.dtype for v in model.generator.weights} == {"float32"}


def test_n_critic_takes_that_many_minibatches(name):
    model = create(name, n_critic=3)
    assert model.batches_per_step == 3
    model.train_step([batch(i) for i in range(3)])
    iterations = {k: int(p.optimizer.iterations) for k, p in model.players.items()}
    assert iterations == {"discriminator": 3, "generator": 1}


@pytest.mark.parametrize("fresh", [False, True])
def test_the_generator_takes_the_last_z_or_a_fresh_one(name, fresh):
    model = create(name, fresh_z=fresh)
    seen = {}
    for key in ("discriminator", "generator"):
        setattr(
            model,
            f"{key}_step",
            lambda data, key=key: seen.update({key: data["z"]}) or {},
        )
    model.train_step([batch()])
    same = np.array_equal(seen["discriminator"], seen["generator"])
    assert same != fresh


@pytest.mark.parametrize(
    "shape", [(28, 32, 1), (30, 30, 1), (24, 24, 1), (260, 260, 3), (28, 28, 2)]
)
def test_a_shape_that_does_not_fit_is_refused(name, shape):
    with pytest.raises(ValueError, match="do not fit"):
        models.create(name, shape)


def test_an_unknown_model_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'gna'.*dcgan, wgan, ebgan"):
        models.create("gna", SHAPE)


def test_wgan_clips_all_critic_variables_after_or_before_its_update():
    for order, bounded in (("after", True), ("before", False)):
        model = create("wgan", clip_order=order)
        model.discriminator_step({**batch(), "z": model.latent(4)})
        weights = model.discriminator.trainable_variables
        largest = max(np.abs(v.numpy()).max() for v in weights)
        assert (largest <= 0.01) == bounded
        assert largest < 0.011


def test_ebgan_hinge_on_the_batch_or_on_each_sample():
    energies = np.array([10.0, 40.0])
    expected = {"batch": 0.0, "sample": 5.0}  # margin 20, mean energy 25
    for hinge, value in expected.items():
        model = create("ebgan", hinge=hinge)
        model.energy = lambda x, move_averages=False: (tf.constant(energies), None)
        loss, _ = model.discriminator_loss({**batch(), "z": model.latent(4)})
        np.testing.assert_allclose(loss, 25.0 + value)
