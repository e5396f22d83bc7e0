"""Training tricks, one by one."""

import keras
import losses
import numpy as np
import pytest
import tensorflow as tf

import models
from models.base import latent, tricks

MANY = (4000, 16)


@pytest.fixture
def rng():
    return tf.random.Generator.from_seed(0, alg="philox")


def switched_on(**options):
    """The tricks of a Config with these options."""
    return tricks.Tricks(models.MODELS["dcgan"].Config(**options))


def drawn(rng, kind):
    """Latents of a run and of a probe."""
    fixed = latent.fixed_noise_rows(np.random.default_rng(0), MANY, kind)
    return latent.draw_noise(rng, MANY, kind, "float32").numpy(), fixed


@pytest.mark.parametrize(
    ("kind", "low", "high", "deviation"),
    [("uniform", -1, 1, 1 / 3**0.5), ("unit", 0, 1, 1 / 12**0.5)],
)
def test_uniform_latents(rng, kind, low, high, deviation):
    for z in drawn(rng, kind):
        assert low <= z.min() < low + 0.01
        assert high - 0.01 < z.max() <= high
        np.testing.assert_allclose(z.std(), deviation, rtol=0.02)


def test_normal_latents(rng):
    for z in drawn(rng, "normal"):
        np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=0.02)
        assert np.abs(z).max() > 3


def test_latents_on_the_sphere_have_one_length_and_no_direction(rng):
    for z in drawn(rng, "sphere"):
        np.testing.assert_allclose(np.linalg.norm(z, axis=1), 4.0, rtol=1e-5)
        np.testing.assert_allclose(z.mean(axis=0), 0, atol=0.1)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9999999])
def test_flipped_labels_swap_a_share_of_the_pairs(rng, share):
    real, fake = tf.ones((4000, 2, 2, 1)), tf.zeros((4000, 2, 2, 1))
    flips = switched_on(flip_labels=share).flips(4000, rng)
    as_real, as_fake = tricks.exchange(flips, real, fake)
    np.testing.assert_array_equal(as_real + as_fake, 1.0)
    whole = np.mean(as_real, axis=(1, 2, 3))
    assert set(whole) <= {0.0, 1.0}
    np.testing.assert_allclose(np.mean(whole == 0.0), share, atol=0.03)


def test_instance_noise_decays_to_nothing(rng):
    images = tf.zeros((50, 28, 28, 1))
    noise = switched_on(instance_noise=0.4, instance_noise_steps=100)
    for step, expected in ((0, 0.4), (25, 0.3), (100, 0.0), (200, 0.0)):
        noisy = noise.add_noise(images, tf.constant(step), rng)
        np.testing.assert_allclose(np.std(noisy), expected, rtol=0.02)


def test_no_noise_draws_nothing(rng):
    before = rng.state.numpy()
    images = tf.zeros((1, 2, 2, 1))
    assert switched_on().add_noise(images, tf.constant(0), rng) is images
    assert switched_on().flips(4, rng) is None
    assert tricks.exchange(None, images, images) == (images, images)
    np.testing.assert_array_equal(rng.state, before)


def narrow(name="dcgan", **options):
    shape = (28, 28, 1)
    return models.create(name, shape, g_width=1 / 32, d_width=1 / 32, **options)


def test_noise_reaches_the_discriminator_in_both_updates():
    model = narrow(instance_noise=0.5)
    images = tf.zeros((4, 28, 28, 1))
    seen = []
    model.d = lambda x, move_averages=False: seen.append(x) or tf.zeros((4, 1))
    batch = {"image": images, "z": model.latent(4)}
    losses.d_loss(model, batch)
    losses.g_loss(model, batch)
    clean = model.run(model.generator, batch["z"])
    real, fake, own_fake = seen
    for noisy, plain in ((real, images), (fake, clean), (own_fake, clean)):
        np.testing.assert_allclose(np.std(noisy - plain), 0.5, rtol=0.05)
    assert not np.array_equal(fake, own_fake)


def test_joint_batches_are_judged_in_one_call():
    for joint, sizes in ((False, [4, 4]), (True, [8])):
        model, seen = narrow(joint=joint), []

        def judge(x, move_averages=False, seen=seen):
            seen.append(len(x))
            return tf.zeros((len(x), 1))

        model.d = judge
        image = tf.zeros((4, 28, 28, 1))
        losses.d_loss(model, {"image": image, "z": model.latent(4)})
        assert seen == sizes


def test_critic_updates_may_share_one_minibatch_but_never_z():
    model = narrow("wgan", n_critic=3, fresh_x=False)
    assert model.batches_per_step == 1
    seen = []
    model.update_d = lambda batch, fake=None: seen.append(batch) or {}
    model.update_g = lambda batch: {}
    model.train_step([{"image": tf.random.uniform((2, 28, 28, 1))}])
    assert len(seen) == 3
    for batch in seen[1:]:
        np.testing.assert_array_equal(batch["image"], seen[0]["image"])
        assert not np.array_equal(batch["z"], seen[0]["z"])


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ("signed", [-0.5, 0, 0.5]),
        ("unit", [0.25, 0.5, 0.75]),
        ("stretched", [0, 0.5, 1]),
    ],
)
def test_pixels_in_the_networks_range(pixels, expected):
    model = narrow(pixels=pixels)
    images = tf.reshape([-0.5, 0.0, 0.5], [1, 3, 1, 1])
    inside = model.inward(images)
    np.testing.assert_allclose(np.ravel(inside), expected)
    assert np.ravel(model.outward(tf.constant(5.0))) == 1.0
    if pixels != "stretched":
        np.testing.assert_allclose(model.outward(inside), images)


def test_a_flat_image_stretches_to_zero():
    assert not np.any(narrow(pixels="stretched").inward(tf.ones((1, 4, 4, 1))))


def test_a_step_sees_pixels_in_the_networks_range():
    model, seen = narrow(pixels="unit", output="sigmoid"), []
    model.d = lambda x, move_averages=False: seen.append(x) or tf.zeros((2, 1))
    batch = model.prepared({"image": -tf.ones((2, 28, 28, 1))})
    losses.d_loss(model, batch)
    assert not np.any(seen[0])
    assert np.min(seen[1]) > 0.0
    assert np.min(model(model.probe(2))) < 0.0  # back in [-1, 1]


def test_sampling_by_batch_or_by_moving_averages():
    for sampling, depends in (("moving", False), ("batch", True)):
        model = narrow(sampling=sampling, net="dcgan_bn")
        z = model.probe(4)
        alone, beside = model(z[:2]), model(z)[:2]
        assert np.allclose(alone, beside, atol=1e-5) != depends


def test_averages_move_in_every_pass_if_asked_to():
    for moving, moves in (("once", 1), ("always", 2)):
        model = narrow(moving=moving, net="dcgan_bn")
        norm = next(
            layer
            for layer in model.generator.layers
            if isinstance(layer, keras.layers.BatchNormalization)
        )
        norm.moving_variance.assign(tf.zeros_like(norm.moving_variance))
        z = model.latent(4)
        batch = {"image": tf.zeros((4, 28, 28, 1)), "z": z}
        inside = keras.Model(model.generator.inputs, norm.input)(z)
        variance = np.var(inside, axis=(0, 1, 2))
        model.update_d(batch)
        model.update_g(batch)
        share = 1 - 0.99**moves
        np.testing.assert_allclose(norm.moving_variance, share * variance, rtol=1e-3)
