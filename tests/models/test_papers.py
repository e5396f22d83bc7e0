"""Each model's losses against its formula in NumPy, values and gradients.

The networks are replaced by plain functions of a few parameters, so that every number
that reaches a loss is known: a critic is linear in the image, an autoencoder scales
each pixel and its codes are linear in what it makes of the image.
"""

import types

import keras
import losses
import numpy as np
import pytest
import tensorflow as tf
import test_conditional
from numerical import numerical_gradient

import models
from models import vae

ROWS, SIDE, CODES = 3, 28, 5
PIXELS = SIDE * SIDE
RNG = np.random.default_rng(0)
REAL, FAKE = RNG.uniform(-1, 1, (2, ROWS, PIXELS))
Z = RNG.normal(size=(ROWS, CODES))
WEIGHTS = RNG.normal(size=PIXELS) * 0.05
SCALES = RNG.uniform(0.2, 0.9, PIXELS)
MIXTURE = RNG.normal(size=(PIXELS, CODES)) * 0.1


def cross_entropy(logits, label):
    p = 1 / (1 + np.exp(-logits))
    return -np.mean(label * np.log(p) + (1 - label) * np.log(1 - p))


def norms(w, axis):
    return np.sqrt((w.reshape(SIDE, SIDE) ** 2).sum(axis))


def kernel(a, b):
    return 1 / np.sqrt(((a - b) ** 2).sum() + 1)


def potential(a, fake):
    """Of one point, image by image."""
    attraction = np.mean([kernel(x, a) for x in REAL])
    return attraction - np.mean([kernel(g, a) for g in fake])


def l2(x, a):
    return np.sqrt(((x - x * a) ** 2).sum(1))


def l1(x, a):
    return np.abs(x - x * a).mean(1)


def mse(x, a):
    return ((x - x * a) ** 2).mean(1)


def pull_away(x, a):
    """The mean squared cosine over the pairs i != j, pair by pair."""
    codes = (x * a) @ MIXTURE
    units = [c / np.linalg.norm(c) for c in codes]
    pairs = [(i, j) for i in range(ROWS) for j in range(ROWS) if i != j]
    return np.mean([(units[i] @ units[j]) ** 2 for i, j in pairs])


def relu(x):
    return np.maximum(x, 0)


# By model and options: the discriminator's loss and the generator's, of the
# discriminator's parameters p and the fake images g.
LOSSES = {
    ("gan",): (
        lambda p, g: 0.5 * (cross_entropy(REAL @ p, 1) + cross_entropy(g @ p, 0)),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("gan", "generator_objective=saturating", "d_loss_scale=1"): (
        lambda p, g: cross_entropy(REAL @ p, 1) + cross_entropy(g @ p, 0),
        lambda p, g: np.mean(np.log(1 - 1 / (1 + np.exp(-g @ p)))),
    ),
    ("dcgan",): (
        lambda p, g: cross_entropy(REAL @ p, 1) + cross_entropy(g @ p, 0),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("dcgan", "label_smoothing=0.1"): (
        lambda p, g: cross_entropy(REAL @ p, 0.9) + cross_entropy(g @ p, 0),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("dcgan", "joint=true"): (
        lambda p, g: cross_entropy(REAL @ p, 1) + cross_entropy(g @ p, 0),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("dcgan", "flip_labels=0.9999999"): (
        lambda p, g: cross_entropy(g @ p, 1) + cross_entropy(REAL @ p, 0),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("lsgan",): (
        lambda p, g: np.mean((REAL @ p - 1) ** 2) / 2 + np.mean((g @ p) ** 2) / 2,
        lambda p, g: np.mean((g @ p - 1) ** 2) / 2,
    ),
    ("lsgan", "a=-1", "b=1", "c=0"): (
        lambda p, g: np.mean((REAL @ p - 1) ** 2) / 2 + np.mean((g @ p + 1) ** 2) / 2,
        lambda p, g: np.mean((g @ p) ** 2) / 2,
    ),
    ("wgan",): (
        lambda p, g: np.mean(g @ p) - np.mean(REAL @ p),
        lambda p, g: -np.mean(g @ p),
    ),
    ("wgan-gp",): (
        lambda p, g: (
            np.mean(g @ p) - np.mean(REAL @ p) + 10 * (np.linalg.norm(p) - 1) ** 2
        ),
        lambda p, g: -np.mean(g @ p),
    ),
    ("dragan",): (
        lambda p, g: (
            cross_entropy(REAL @ p, 1)
            + cross_entropy(g @ p, 0)
            + 10 * np.mean((norms(p, axis=0) - 1) ** 2)
        ),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("dragan", "norm=image"): (
        lambda p, g: (
            cross_entropy(REAL @ p, 1)
            + cross_entropy(g @ p, 0)
            + 10 * (np.linalg.norm(p) - 1) ** 2
        ),
        lambda p, g: cross_entropy(g @ p, 1),
    ),
    ("coulomb",): (
        lambda p, g: (
            np.mean([(x @ p - potential(x, FAKE)) ** 2 for x in REAL])
            + np.mean([(x @ p - potential(x, FAKE)) ** 2 for x in FAKE])
        ),
        lambda p, g: -np.mean(g @ p),
    ),
    ("ebgan",): (
        lambda p, g: np.mean(l2(REAL, p)) + relu(20 - np.mean(l2(g, p))),
        lambda p, g: np.mean(l2(g, p)) + 0.1 * pull_away(g, p),
    ),
    ("ebgan", "energy=mse", "hinge=sample", "margin=0.2", "pt_weight=0"): (
        lambda p, g: np.mean(mse(REAL, p)) + np.mean(relu(0.2 - mse(g, p))),
        lambda p, g: np.mean(mse(g, p)),
    ),
    ("ebgan", "energy=batch_l2", "margin=5", "pt_weight=0"): (
        lambda p, g: (
            np.linalg.norm(REAL - REAL * p) / ROWS
            + relu(5 - np.linalg.norm(g - g * p) / ROWS)
        ),
        lambda p, g: np.linalg.norm(g - g * p) / ROWS,
    ),
    ("ebgan", "energy=half_sum", "margin=500", "pt_weight=0"): (
        lambda p, g: (
            ((REAL - REAL * p) ** 2).sum() / 2
            + relu(500 - ((g - g * p) ** 2).sum() / 2)
        ),
        lambda p, g: ((g - g * p) ** 2).sum() / 2,
    ),
    ("began", "k0=0.3"): (
        lambda p, g: np.mean(l1(REAL, p)) - 0.3 * np.mean(l1(g, p)),
        lambda p, g: np.mean(l1(g, p)),
    ),
    ("began-cs", "k0=0.3", "alpha=0.5"): (
        lambda p, g: (
            np.mean(l1(REAL, p))
            - 0.3 * np.mean(l1(g, p))
            + 0.5 * np.mean(np.abs((g * p) @ MIXTURE - Z))
        ),
        lambda p, g: np.mean(l1(g, p)),
    ),
}


@pytest.fixture(params=LOSSES, ids=" ".join)
def case(request):
    """A model on known networks, their parameters, and its two formulas."""
    name, *options = request.param
    config = models.config.parse(models.MODELS[name].Config, options)
    narrow = {"g_width": 1 / 64, "d_width": 1 / 64, "z_dim": CODES}
    model = models.create(name, (SIDE, SIDE, 1), **narrow, **config)
    autoencoding = model.critic.autoencodes
    p = tf.Variable(SCALES if autoencoding else WEIGHTS, dtype=tf.float32)
    g = tf.Variable(FAKE.reshape(ROWS, SIDE, SIDE, 1), dtype=tf.float32)

    def run(network, x, move_averages=False):
        if network is model.generator:
            return g
        x = tf.reshape(x, [-1, PIXELS])
        if not autoencoding:
            return tf.matmul(x, p[:, tf.newaxis])
        codes = tf.matmul(x * p, tf.constant(MIXTURE, tf.float32))
        return tf.reshape(x * p, [-1, SIDE, SIDE, 1]), codes

    model.run = run
    batch = {
        "image": tf.constant(REAL.reshape(ROWS, SIDE, SIDE, 1), tf.float32),
        "z": tf.constant(Z, tf.float32),
    }
    return model, batch, p, g, LOSSES[request.param]


def test_the_discriminators_loss_is_the_papers(case):
    model, batch, p, _, (formula, _) = case
    with tf.GradientTape() as tape:
        loss, _ = losses.d_loss(model, batch)
    start = p.numpy().astype(float)
    np.testing.assert_allclose(loss, formula(start, FAKE), rtol=2e-5)
    expected = numerical_gradient(lambda p: formula(p, FAKE), start)
    scale = np.abs(expected).max()
    gradient = tape.gradient(loss, p)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4 * scale)


def test_the_generators_loss_is_the_papers(case):
    model, batch, p, g, (_, formula) = case
    with tf.GradientTape() as tape:
        loss, _ = losses.g_loss(model, batch)
    start = p.numpy().astype(float)
    np.testing.assert_allclose(loss, formula(start, FAKE), rtol=2e-5)
    expected = numerical_gradient(lambda g: formula(start, g), FAKE)
    gradient = np.reshape(tape.gradient(loss, g), (ROWS, PIXELS))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4 * scale)


@pytest.mark.parametrize(
    ("balance", "k0", "expected"),
    [((4.0, 1.0), 0.5, 0.501), ((0.0, 1.0), 0.5, 0.499), ((0.0, 1.0), 0.0, 0.0)],
)
def test_began_moves_k_towards_the_balance_and_keeps_it_in_range(balance, k0, expected):
    model = models.create(
        "began", (SIDE, SIDE, 1), k0=k0, g_width=1 / 64, d_width=1 / 64
    )
    real, fake = map(tf.constant, balance)
    logs = losses.after_d(model, {"d_real": real, "d_fake": fake})
    np.testing.assert_allclose(model.k, expected, rtol=1e-5)
    np.testing.assert_allclose(logs["k"], k0)  # the one that the update used
    np.testing.assert_allclose(logs["balance"], 0.5 * real - fake)
    np.testing.assert_allclose(logs["m"], real + abs(0.5 * real - fake))


@pytest.mark.parametrize("k_after", ["d", "g", "step"])
def test_began_moves_k_when_and_by_what_its_option_says(monkeypatch, k_after):
    """By what D's update saw, by the z of G's, or by energies after both."""
    model = models.create(
        "began", (SIDE, SIDE, 1), k0=0.5, k_after=k_after, fresh_z=True,
        g_width=1 / 64, d_width=1 / 64,
    )  # fmt: skip
    energies, real = iter([3.0, 5.0, 7.0, 11.0]), 1.0

    def mean(d):
        return tf.constant(next(energies))

    monkeypatch.setattr(model, "update_both", lambda batch: (
        model.apply_d([], {"d_real": tf.constant(real), "d_fake": mean(None)})
        | {"g_loss": mean(None)}
    ))  # fmt: skip
    model.players["discriminator"].apply = lambda gradients: None
    monkeypatch.setattr(model.critic, "mean", mean)
    logs = model.train_step([{"image": tf.zeros((ROWS, SIDE, SIDE, 1))}])
    balance = {"d": 0.5 * 1 - 3, "g": 0.5 * 1 - 5, "step": 0.5 * 7 - 11}[k_after]
    np.testing.assert_allclose(logs["balance"], balance)
    np.testing.assert_allclose(model.k, 0.5 + 0.001 * balance, rtol=1e-6)
    np.testing.assert_allclose(logs["m"], {"step": 7}.get(k_after, 1) + abs(balance))


def quadratic(name, p, flip=0.0):
    """A model whose critic is sum_i p_i x_i^2, so that its slope 2 p x depends on x."""
    model = models.create(
        name, (SIDE, SIDE, 1), z_dim=CODES, g_width=1 / 64, d_width=1 / 64,
        flip_labels=flip,
    )  # fmt: skip

    def run(network, x, move_averages=False):
        if network is model.generator:
            return tf.constant(FAKE.reshape(ROWS, SIDE, SIDE, 1), tf.float32)
        x = tf.reshape(x, [-1, PIXELS])
        return tf.matmul(x**2, p[:, tf.newaxis])

    model.run = run
    return model


@pytest.mark.parametrize("flip", [0.0, 0.9999999])
@pytest.mark.parametrize("name", ["wgan-gp", "dragan"])
def test_a_penalty_is_taken_where_the_paper_says(name, flip):
    p = tf.Variable(WEIGHTS, dtype=tf.float32)
    model = quadratic(name, p, flip)
    draw = np.random.default_rng(3)
    mix = draw.uniform(-1 if name == "dragan" else 0, 1, (ROWS, 1))
    noise = draw.uniform(size=(ROWS, PIXELS))

    def uniform(shape, minval=0.0, maxval=1.0, dtype="float32"):
        values = noise if np.size(shape) and int(shape[1]) > 1 else mix
        return tf.constant(values.reshape([int(n) for n in shape]), tf.float32)

    x_hat = mix * REAL + (1 - mix) * FAKE  # wgan-gp: between real and fake
    if name == "dragan":  # around real images
        x_hat = np.clip(REAL + mix * 0.5 * REAL.std() * noise, -1, 1)

    def formula(p):
        slopes = (2 * p * x_hat).reshape(ROWS, SIDE, SIDE)
        axes = 1 if name == "dragan" else (1, 2)
        return 10 * np.mean((np.sqrt((slopes**2).sum(axes)) - 1) ** 2)

    batch = {
        "image": tf.constant(REAL.reshape(ROWS, SIDE, SIDE, 1), tf.float32),
        "z": tf.constant(Z, tf.float32),
    }
    model.rng = types.SimpleNamespace(uniform=uniform)
    model.tricks.flips = lambda rows, rng: tf.fill((ROWS,), True) if flip else None
    with tf.GradientTape() as tape:
        _, logs = losses.d_loss(model, batch)
    start = p.numpy().astype(float)
    np.testing.assert_allclose(logs["gp"], formula(start), rtol=1e-4)
    expected = numerical_gradient(formula, start)
    gradient = tape.gradient(logs["gp"], p)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4 * scale)


@pytest.mark.parametrize("perturbation", ["two_sided", "one_sided", "normal"])
def test_dragan_perturbs_real_images(perturbation):
    model = models.create(
        "dragan", (SIDE, SIDE, 1), perturbation=perturbation, noise=0.25, clip=False,
        g_width=1 / 64, d_width=1 / 64,
    )  # fmt: skip
    real = np.random.default_rng(1).normal(size=(500, SIDE, SIDE, 1)).astype("float32")
    delta = model.perturbed(tf.constant(real)) - real
    largest = np.max(np.abs(delta), axis=(1, 2, 3)) / real.std()
    if perturbation == "normal":
        np.testing.assert_allclose(np.std(delta), 0.25, rtol=0.01)
        return
    assert 0.24 < largest.max() <= 0.25
    one_sign = np.all(delta >= 0, axis=(1, 2, 3)) | np.all(delta <= 0, axis=(1, 2, 3))
    assert one_sign.all()  # U[0, 1) times one factor for each image
    negative = np.mean(np.all(delta <= 0, axis=(1, 2, 3)))
    assert abs(negative - (0.5 if perturbation == "two_sided" else 0.0)) < 0.1


def test_the_perturbed_images_are_clipped():
    model = models.create("dragan", (SIDE, SIDE, 1), g_width=1 / 64, d_width=1 / 64)
    real = tf.constant(REAL.reshape(ROWS, SIDE, SIDE, 1), tf.float32)
    perturbed = model.perturbed(real)
    assert np.abs(perturbed).max() <= 1.0
    assert np.abs(perturbed - real).max() > 0.0


def negative_elbo(m, likelihood, deviation=1.0):
    """Of an encoder with mean m and log-variance m / 2, a decoder through MIXTURE."""
    x = (REAL + 1) / 2
    mean, log_variance = m, m / 2
    y = 1 / (1 + np.exp(-(mean + np.exp(log_variance / 2) * Z) @ MIXTURE.T))
    if likelihood == "bernoulli":
        nll = -np.sum(x * np.log(y + 1e-8) + (1 - x) * np.log(1 - y + 1e-8))
    else:
        nll = np.sum((x - y) ** 2) / (2 * deviation**2)
    kl = np.sum(np.exp(log_variance) + mean**2 - 1 - log_variance) / 2
    return nll + kl


@pytest.mark.parametrize("form", [("bernoulli",), ("gaussian",), ("gaussian", 0.1)])
def test_the_vae_minimises_the_papers_bound(monkeypatch, form):
    options = dict(zip(("likelihood", "deviation"), form, strict=False))
    narrow = {"g_width": 1 / 64, "d_width": 1 / 64, "z_dim": CODES}
    model = models.create("vae", (SIDE, SIDE, 1), **options, **narrow)
    m = tf.Variable(np.random.default_rng(2).normal(size=Z.shape), dtype=tf.float32)

    def forward(network, x, move_averages=False):
        if network is model.networks["encoder"]:
            return m, m / 2
        y = tf.sigmoid(tf.matmul(x, tf.constant(MIXTURE.T, tf.float32)))
        return tf.reshape(y, [ROWS, SIDE, SIDE, 1])

    monkeypatch.setattr(vae, "forward", forward)
    image = (REAL.reshape(ROWS, SIDE, SIDE, 1) + 1) / 2
    batch = {"image": tf.constant(image, tf.float32), "z": tf.constant(Z, tf.float32)}
    with tf.GradientTape() as tape:
        loss, parts = model.negative_elbo(batch)
    start = m.numpy().astype(float)
    np.testing.assert_allclose(loss, negative_elbo(start, *form), rtol=1e-5)
    np.testing.assert_allclose(loss, parts["reconstruction_loss"] + parts["kl"])
    expected = numerical_gradient(lambda m: negative_elbo(m, *form), start)
    scale = np.abs(expected).max()
    gradient = tape.gradient(loss, m)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4 * scale)


def test_every_model_has_a_formula_here_or_next_door():
    here = {name for name, *_ in LOSSES} | {"vae"}
    conditional = {name for name, *_ in test_conditional.LOSSES}
    translation = {"pix2pix", "cyclegan"}  # test_translators.py
    assert here | conditional | translation == set(models.MODELS)


def decayed(model, step):
    """The rates that a model sets at a step."""
    model.players["generator"].optimizer.iterations.assign(step)
    return model.decay_rates()


def test_rates_decay_in_stairs_down_to_a_floor():
    model = models.create("began", (SIDE, SIDE, 1), g_width=1 / 64, d_width=1 / 64)
    for step, expected in ((0, 1e-4), (2999, 1e-4), (6000, 9.025e-5), (10**6, 2e-5)):
        logs = decayed(model, step)
        for player in model.players.values():
            np.testing.assert_allclose(player.optimizer.learning_rate, expected, 1e-6)
        np.testing.assert_allclose([logs["d_lr"], logs["g_lr"]], expected, 1e-6)


def test_a_rate_without_decay_stays():
    model = models.create("dcgan", (SIDE, SIDE, 1), g_width=1 / 64, d_width=1 / 64)
    assert decayed(model, 10**9) == {}
    assert isinstance(model.players["generator"].optimizer, keras.optimizers.Adam)
