"""Pix2Pix and CycleGAN: formulas in NumPy, augmentation, pool, rates, dropout.

In the formulas the networks are plain functions: a generator scales each pixel, a
discriminator is linear.
"""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from numerical import assert_agrees

import models
from models.base import image_pool, translation

ROWS, SIDE = 2, 28
PIXELS = SIDE * SIDE
RNG = np.random.default_rng(0)
A, B = RNG.uniform(-1, 1, (2, ROWS, PIXELS))
POOLED_A, POOLED_B = RNG.uniform(-1, 1, (2, ROWS, PIXELS))
FAKE = RNG.uniform(-1, 1, (ROWS, PIXELS))
WEIGHTS = RNG.normal(size=2 * PIXELS) * 0.05
SCALES = RNG.uniform(0.2, 0.9, (2, PIXELS))
NARROW = {"g_width": 1 / 32, "d_width": 1 / 32}


def images(array):
    return tf.constant(array.reshape(-1, SIDE, SIDE, 1), tf.float32)


def create(name, size=SIDE, **options):
    return models.create(name, (size, size, 1), **(NARROW | options))


def cross_entropy(logits, label):
    p = 1 / (1 + np.exp(-logits))
    return -np.mean(label * np.log(p) + (1 - label) * np.log(1 - p))


@pytest.fixture
def pair():
    """Pix2Pix on known networks: fake images g, a discriminator linear in a pair."""
    model = create("pix2pix")
    p = tf.Variable(WEIGHTS.reshape(-1, 2), dtype=tf.float32)  # of x's pixel, of y's
    g = tf.Variable(FAKE, dtype=tf.float32)

    def run(network, x):
        if network is model.networks["generator"]:
            return tf.reshape(g, [-1, SIDE, SIDE, 1])
        return tf.reduce_sum(tf.reshape(x, [-1, PIXELS, 2]) * p, axis=[1, 2])

    model.run = run
    return model, {"x": images(A), "y": images(B)}, p, g


def judged(p, x, y):
    return x @ p[:, 0] + y @ p[:, 1]


def test_pix2pix_discriminates_pairs(pair):
    model, batch, p, _ = pair
    with tf.GradientTape() as tape:
        loss, _ = model.d_loss(batch, images(FAKE))

    def formula(p):
        real = cross_entropy(judged(p, A, B), 1)
        return 0.5 * (real + cross_entropy(judged(p, A, FAKE), 0))

    assert_agrees(tape, loss, p, formula)


def test_pix2pix_generates_what_passes_and_what_is_near(pair):
    model, batch, p, g = pair
    with tf.GradientTape() as tape:
        loss, _ = model.g_loss(batch, tf.reshape(g, [-1, SIDE, SIDE, 1]))
    weights = p.numpy().astype(float)

    def formula(g):
        return cross_entropy(judged(weights, A, g), 1) + 100 * np.mean(np.abs(B - g))

    assert_agrees(tape, loss, g, formula)


@pytest.mark.parametrize(("one_pass", "passes"), [(False, 2), (True, 1)])
def test_pix2pix_runs_its_generator_twice_or_once(one_pass, passes):
    """The discriminator's images and those of the generator's loss."""
    model = create("pix2pix", one_pass=one_pass)
    run, made, generator = model.run, [], model.networks["generator"]

    def counted(network, x):
        made.extend([network] if network is generator else [])
        return run(network, x)

    model.run = counted
    before = generator.get_weights()
    model.train_step([{"source": images(A), "target": images(B)}])
    assert len(made) == passes
    after = generator.get_weights()
    assert all(np.any(b != a) for b, a in zip(before, after, strict=True))


@pytest.mark.parametrize(("gamma", "deviation"), [("ones", 0), ("around_one", 0.02)])
def test_gammas_begin_around_one(gamma, deviation):
    networks = create("pix2pix", bn_gamma=gamma).networks.values()
    weights = [v for net in networks for v in net.trainable_variables]
    gammas = np.concatenate([v.numpy() for v in weights if v.name == "gamma"])
    np.testing.assert_allclose(gammas.mean(), 1, atol=0.01)
    np.testing.assert_allclose(gammas.std(), deviation, atol=0.005)


@pytest.mark.parametrize(("direction", "x", "y"), [("AtoB", A, B), ("BtoA", B, A)])
def test_pix2pix_goes_in_its_direction(direction, x, y):
    model = create("pix2pix", direction=direction, enlarge=1.0, flip=False)
    batch = model.prepared({"source": images(A), "target": images(B)})
    np.testing.assert_array_equal(batch["x"], images(x))
    np.testing.assert_array_equal(batch["y"], images(y))
    assert model.directions == (direction,)
    assert model.domains(direction) == (("a", "b") if x is A else ("b", "a"))


@pytest.fixture
def cycle():
    """CycleGAN on known networks, and the generators' scales, the critics' weights."""
    model = create("cyclegan", cycle_weight=7.0, identity_weight=0.3)
    s = tf.Variable(SCALES, dtype=tf.float32)
    p = tf.Variable(WEIGHTS.reshape(2, -1), dtype=tf.float32)
    names = {id(network): name for name, network in model.networks.items()}

    def run(network, x):
        kind, which = names[id(network)].split("_")
        row = which in ("BtoA", "b")
        flat = tf.reshape(x, [-1, PIXELS])
        if kind == "generator":
            return tf.reshape(flat * s[int(row)], [-1, SIDE, SIDE, 1])
        return tf.reduce_sum(flat * p[int(row)], axis=1)

    model.run = run
    return model, s, p


def test_cyclegan_generates_what_passes_comes_back_and_keeps_its_own(cycle):
    model, s, p = cycle
    weights = p.numpy().astype(float)
    with tf.GradientTape() as tape:
        loss, _, fakes = model.g_loss({"a": images(A), "b": images(B)})

    def formula(s):
        ab, ba = s
        passes = np.mean(((A * ab) @ weights[1] - 1) ** 2)
        passes += np.mean(((B * ba) @ weights[0] - 1) ** 2)
        comes_back = np.abs(A * ab * ba - A).mean() + np.abs(B * ba * ab - B).mean()
        keeps = np.abs(B * ab - B).mean() + np.abs(A * ba - A).mean()
        return passes + 7 * comes_back + 7 * 0.3 * keeps

    assert_agrees(tape, loss, s, formula)
    np.testing.assert_allclose(fakes["b"], images(A * SCALES[0]), rtol=1e-5)
    np.testing.assert_allclose(fakes["a"], images(B * SCALES[1]), rtol=1e-5)


def test_cyclegan_discriminates_pooled_images_in_both_domains(cycle):
    model, _, p = cycle
    batch = {"a": A, "b": B, "fake_a": POOLED_A, "fake_b": POOLED_B}
    batch = {key: images(value) for key, value in batch.items()}
    with tf.GradientTape() as tape:
        loss, _ = model.d_loss(batch)

    def formula(p):
        real = np.mean((A @ p[0] - 1) ** 2) + np.mean((B @ p[1] - 1) ** 2)
        fake = np.mean((POOLED_A @ p[0]) ** 2) + np.mean((POOLED_B @ p[1]) ** 2)
        return 0.5 * (real + fake)

    assert_agrees(tape, loss, p, formula)


def test_the_discriminators_see_the_fakes_of_before_the_update():
    model = create("cyclegan", enlarge=1.0, flip=False)
    batch = {"a": images(A), "b": images(B)}
    before = model.translator("AtoB")(batch["a"], training=True)
    seen = {}
    player = model.players["discriminator"]
    original = player.minimize
    player.minimize = lambda loss, b: seen.update(b) or original(loss, b)
    model.train_step([batch])
    np.testing.assert_allclose(seen["fake_b"], before, atol=1e-5)
    after = model.translator("AtoB")(batch["a"], training=True)
    assert np.abs(seen["fake_b"] - after).max() > 1e-4


# The pool.


def level(value):
    return tf.fill((1, 2, 2, 1), float(value))


def test_the_pool_does_what_a_list_would():
    made, kept = image_pool.ImagePool(3, (2, 2, 1), "float32"), []
    for step in range(40):
        draws = tf.random.stateless_uniform((2, 1), tf.constant([5, step], "int64"))
        chance, place = draws.numpy()[:, 0]
        value = 100 + step
        expected = value
        if len(kept) < 3:
            kept.append(value)
        elif chance < 0.5:
            place = int(place * 3)
            expected, kept[place] = kept[place], value
        out = made.exchange(level(value), (5, step))
        assert np.unique(out).tolist() == [expected]
    np.testing.assert_array_equal(made.images[:, 0, 0, 0], kept)


def test_a_full_pool_gives_back_half_from_its_history():
    made = image_pool.ImagePool(10, (2, 2, 1), "float32")
    drawn = 0
    for step in range(410):
        out = float(made.exchange(level(step), (0, step))[0, 0, 0, 0])
        drawn += step >= 10 and out != step
    assert abs(drawn / 400 - 0.5) < 0.1


def test_images_of_one_batch_go_through_the_pool_in_turn():
    made = image_pool.ImagePool(4, (2, 2, 1), "float32")
    batch = tf.concat([level(value) for value in range(6)], axis=0)
    out = made.exchange(batch, (0, 0))
    np.testing.assert_array_equal(out[:4], batch[:4])
    assert int(made.count) == 4


# Augmentation.


@pytest.fixture
def rng():
    return tf.random.Generator.from_seed(0, alg="philox")


def test_jitter_that_is_off_changes_nothing(rng):
    x = images(A)
    np.testing.assert_array_equal(translation.jitter(rng, x, 1.0, False), x)


def test_half_of_the_images_are_mirrored(rng):
    x = tf.tile(images(A)[:1], [400, 1, 1, 1])
    out = translation.jitter(rng, x, 1.0, True).numpy()
    same = (out == x.numpy()).all(axis=(1, 2, 3))
    mirrored = (out == x.numpy()[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert abs(mirrored.mean() - 0.5) < 0.1


def test_an_image_is_a_crop_of_the_enlarged_one_anywhere_in_it(rng):
    ramp = tf.tile(tf.range(28.0)[None, :, None, None], [300, 1, 28, 1])
    across = tf.transpose(ramp, [0, 2, 1, 3])
    x = tf.concat([ramp, across], axis=3)
    big = tf.image.resize(x[:1], (31, 31)).numpy()[0]
    out = translation.jitter(rng, x, 286 / 256, False).numpy()
    corners = set()
    for image in out:
        top = int(np.abs(big[:4, 0, 0] - image[0, 0, 0]).argmin())
        left = int(np.abs(big[0, :4, 1] - image[0, 0, 1]).argmin())
        window = big[top : top + 28, left : left + 28]
        np.testing.assert_allclose(image, window, atol=1e-5)
        corners.add((top, left))
    assert corners == {(i, j) for i in range(4) for j in range(4)}


def test_a_pair_is_jittered_alike():
    model = create("pix2pix")
    both = {"source": images(A), "target": images(A)}
    seen = [model.prepared(both)["x"].numpy() for _ in range(2)]
    assert np.abs(seen[0] - seen[1]).max() > 0  # anew each time
    batch = model.prepared(both)
    np.testing.assert_array_equal(batch["x"], batch["y"])


def test_domains_are_jittered_apart():
    model = create("cyclegan")
    batch = model.prepared({"a": images(A), "b": images(A)})
    assert np.abs(batch["a"] - batch["b"]).max() > 0


# Rates, dropout and pictures.


@pytest.mark.parametrize("constant", [0.5, 0.75])
def test_rates_fall_linearly_to_the_end(constant):
    model = create("cyclegan", lr_constant=constant)
    g = model.players["generator"].optimizer
    rates = []
    for step in range(8):
        g.iterations.assign(step)
        model.decay_rates(8)
        rates.append(float(g.learning_rate.numpy()))
    begin = 8 * constant
    expected = [2e-4 * (1 - max(0, t - begin) / (8 - begin)) for t in range(8)]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)
    d = model.players["discriminator"].optimizer
    np.testing.assert_allclose(d.learning_rate, rates[-1])


def test_rates_are_constant_without_an_end():
    assert create("cyclegan").decay_rates(0) == {}
    model = create("pix2pix")
    assert not model.paced
    assert model.decay_rates(8) == {}


def test_each_pass_has_a_dropout_mask_of_its_own():
    model = create("pix2pix", size=32)
    x = tf.random.stateless_uniform((1, 32, 32, 1), (0, 0))
    network = model.networks["generator"]
    first, second = model.run(network, x), model.run(network, x)
    assert np.abs(first - second).max() > 1e-4
    same = create("pix2pix", size=32)
    np.testing.assert_array_equal(same.run(same.networks["generator"], x), first)


def test_a_translation_is_always_the_same_and_its_dropout_is_on():
    model = create("pix2pix", size=32)
    x = tf.random.stateless_uniform((2, 32, 32, 1), (0, 0))
    once = model.translate(x, "BtoA")
    before = model.rng.state.numpy()
    np.testing.assert_array_equal(model.translate(x, "BtoA"), once)
    np.testing.assert_array_equal(model.rng.state, before)  # training goes on as is
    np.testing.assert_array_equal(model.translate(x[1:], "BtoA"), once[1:])
    plain = create("pix2pix", size=32, dropout=0.0).translate(x, "BtoA")
    assert np.abs(once - plain).max() > 1e-4


@pytest.mark.parametrize(
    ("name", "size", "net", "multiple"),
    [
        ("pix2pix", 64, "unet", 64),
        ("pix2pix", 28, "unet", 4),
        ("cyclegan", 64, "resnet", 4),
    ],
)
def test_any_multiple_of_a_power_of_two_is_translated(name, size, net, multiple):
    model = create(name, size=size, net=net)
    assert model.multiple == multiple
    x = tf.zeros((1, 2 * multiple, 3 * multiple, 1))
    assert model.translate(x, model.directions[0]).shape == x.shape


def test_the_resnet_has_six_blocks_below_256_pixels_and_nine_from_there():
    counts = {}
    for size, net in ((128, "resnet"), (256, "resnet"), (64, "resnet9")):
        network = create("cyclegan", size=size, net=net).translator("AtoB")
        counts[size] = sum(isinstance(n, keras.layers.Add) for n in network.layers)
    assert counts == {128: 6, 256: 9, 64: 9}


def test_generators_load_without_this_code(tmp_path):
    for name in ("pix2pix", "cyclegan"):
        model = create(name, size=32)
        network = model.translator(model.directions[0])
        network.save(tmp_path / "g.keras")
        loaded = keras.models.load_model(tmp_path / "g.keras")
        x = tf.constant(random.Random(0).random(), shape=(1, 32, 32, 1))
        np.testing.assert_allclose(
            loaded(x, training=False), network(x, training=False), atol=1e-6
        )
