"""CGAN, ACGAN and InfoGAN against their formulas in NumPy, values and gradients.

The networks are replaced by plain functions of a few parameters: a discriminator is
linear in the image, in the label that it is told, and in what its heads say.
"""

import losses
import numpy as np
import pytest
import tensorflow as tf
from numerical import assert_agrees

import models
from models.base import codes, objectives

ROWS, SIDE, CLASSES, NOISE = 4, 28, 3, 5
PIXELS = SIDE * SIDE
RNG = np.random.default_rng(0)
REAL, FAKE = RNG.uniform(-1, 1, (2, ROWS, PIXELS))
LABELS = np.array([2, 0, 1, 2])
ONE_HOT = np.eye(CLASSES)[LABELS]
WEIGHTS = RNG.normal(size=PIXELS) * 0.05
TOLD = RNG.normal(size=CLASSES)  # what a discriminator makes of the label
CONTINUOUS = RNG.uniform(-1, 1, (ROWS, 2))
HEADS = RNG.normal(size=(PIXELS, CLASSES + 2)) * 0.05
NARROW = {"g_width": 1 / 64, "d_width": 1 / 64, "z_dim": NOISE}


def cross_entropy(logits, label):
    p = 1 / (1 + np.exp(-logits))
    return -np.mean(label * np.log(p) + (1 - label) * np.log(1 - p))


def class_loss(x, heads=HEADS):
    """E[-log softmax(x heads)[label]], row by row."""
    logits = x @ heads[:, :CLASSES]
    chosen = [
        np.exp(row[y]) / np.exp(row).sum()
        for row, y in zip(logits, LABELS, strict=True)
    ]
    return -np.mean(np.log(chosen))


def squares(x, column):
    """E[(c - mean)^2] / 2 of one continuous code."""
    mean = x @ HEADS[:, CLASSES + column]
    return np.mean((CONTINUOUS[:, column] - mean) ** 2) / 2


def told(x, p):
    return x @ p + TOLD[LABELS]


def information(x):
    return 2.0 * class_loss(x) + 0.5 * (squares(x, 0) + squares(x, 1))


# By model and options: the discriminator's loss and the generator's, of the
# discriminator's parameters p and the fake images g.
LOSSES = {
    ("cgan",): (
        lambda p, g: cross_entropy(told(REAL, p), 1) + cross_entropy(told(g, p), 0),
        lambda p, g: cross_entropy(told(g, p), 1),
    ),
    ("acgan", "class_weight=0.7"): (
        lambda p, g: (
            cross_entropy(REAL @ p, 1)
            + cross_entropy(g @ p, 0)
            + 0.7 * (class_loss(REAL) + class_loss(g))
        ),
        lambda p, g: cross_entropy(g @ p, 1) + 0.7 * class_loss(g),
    ),
    ("infogan", "categories=3", "info_weight=2", "continuous_weight=0.5"): (
        lambda p, g: (
            cross_entropy(REAL @ p, 1) + cross_entropy(g @ p, 0) + information(g)
        ),
        lambda p, g: cross_entropy(g @ p, 1) + information(g),
    ),
}


@pytest.fixture(params=LOSSES, ids=" ".join)
def case(request):
    """A model on known networks, their parameters, and its two formulas."""
    name, *options = request.param
    overrides = models.config.parse(models.MODELS[name].Config, options)
    overrides |= {"pixels": "signed"}
    model = models.create(name, (SIDE, SIDE, 1), CLASSES, **NARROW, **overrides)
    p = tf.Variable(WEIGHTS, dtype=tf.float32)
    g = tf.Variable(FAKE.reshape(ROWS, SIDE, SIDE, 1), dtype=tf.float32)
    said = CLASSES + (2 if name == "infogan" else 0)

    def run(network, x, move_averages=False):
        if network is model.generator:
            return g
        pixels = tf.reshape(x[..., :1], [-1, PIXELS])
        verdict = tf.matmul(pixels, p[:, tf.newaxis])
        if name == "cgan":
            np.testing.assert_array_equal(x[:, 0, 0, 1:], x[:, 9, 20, 1:])
            return verdict + tf.matmul(
                x[:, 3, 4, 1:], tf.constant(TOLD[:, None], "float32")
            )
        heads = tf.constant(HEADS[:, :said], tf.float32)
        return tf.concat([verdict, tf.matmul(pixels, heads)], axis=1)

    model.run = run
    z = np.concatenate([np.zeros((ROWS, NOISE)), ONE_HOT, CONTINUOUS], axis=1)
    batch = {
        "image": tf.constant(REAL.reshape(ROWS, SIDE, SIDE, 1), tf.float32),
        "z": tf.constant(z, tf.float32),
    }
    if name != "infogan":
        batch["label"] = tf.constant(LABELS)
    return model, batch, p, g, LOSSES[request.param]


def test_the_discriminators_loss_is_the_papers(case):
    model, batch, p, _, (formula, _) = case
    with tf.GradientTape() as tape:
        loss, _ = losses.d_loss(model, batch)
    assert_agrees(tape, loss, p, lambda p: formula(p, FAKE))


def test_the_generators_loss_is_the_papers(case):
    model, batch, p, g, (_, formula) = case
    with tf.GradientTape() as tape:
        loss, _ = losses.g_loss(model, batch)
    start = p.numpy().astype(float)
    flat = (ROWS, PIXELS)
    assert_agrees(tape, loss, g, lambda g: formula(start, g.reshape(flat)))


def test_flipped_labels_leave_the_codes_to_their_images(case):
    model, batch, _, _, _ = case
    _, plain = losses.d_loss(model, batch)
    model.tricks.flips = lambda rows, rng: tf.constant([True, False, True, True])
    _, flipped = losses.d_loss(model, batch)
    heads = [key for key in plain if key.startswith(("class_", "q_"))]
    assert [plain[key] for key in heads] == [flipped[key] for key in heads]
    assert plain["d_loss_real"] != flipped["d_loss_real"]


@pytest.mark.parametrize("name", ["cgan", "acgan"])
def test_a_fake_image_is_made_for_the_label_of_the_real_one(name):
    model = models.create(name, (SIDE, SIDE, 1), CLASSES, **NARROW)
    batch = {"image": tf.zeros((ROWS, SIDE, SIDE, 1)), "label": tf.constant(LABELS)}
    np.testing.assert_array_equal(model.prepared(batch)["z"][:, NOISE:], ONE_HOT)
    np.testing.assert_array_equal(model.probe(batch)[:, NOISE:], ONE_HOT)


@pytest.mark.parametrize("name", ["cgan", "acgan"])
def test_a_class_conditional_model_needs_classes(name):
    with pytest.raises(ValueError, match="needs labels"):
        models.create(name, (SIDE, SIDE, 1), 0)


@pytest.mark.parametrize("net", ["mirza", "dcgan", "mnist", "conv4", "mlp"])
def test_what_a_discriminator_is_told_changes_its_verdict(net):
    model = models.create("cgan", (SIDE, SIDE, 1), CLASSES, net=net, **NARROW)
    image = tf.random.stateless_uniform((1, SIDE, SIDE, 1), (0, 0))
    verdicts = [
        model.discriminator(model.critic.read(image, {"label": tf.constant([y])}))
        for y in range(CLASSES)
    ]
    assert len(np.unique(np.array(verdicts))) == CLASSES


@pytest.mark.parametrize("name", ["cgan", "acgan", "infogan"])
@pytest.mark.parametrize("net", ["own", "dcgan", "mnist", "conv4"])
def test_any_net_takes_the_codes(name, net):
    options = {} if net == "own" else {"net": net}
    model = models.create(name, (SIDE, SIDE, 1), CLASSES, **NARROW, **options)
    z = model.probe(2).numpy()
    other = z.copy()
    code = model.codes[0]
    other[:, code.span] = np.roll(other[:, code.span], 1, axis=1)
    assert np.abs(model(z) - model(other)).max() > 0


@pytest.mark.parametrize(("name", "outputs"), [("acgan", 4), ("infogan", 13)])
@pytest.mark.parametrize("net", ["dcgan", "mnist", "conv4", "mlp", "resnet"])
def test_any_net_has_a_head_for_each_code(name, outputs, net):
    model = models.create(name, (SIDE, SIDE, 1), CLASSES, net=net, **NARROW)
    assert model.discriminator.output_shape == (None, outputs)


def test_categories_are_drawn_evenly():
    rng = tf.random.Generator.from_seed(0, alg="philox")
    drawn = codes.Code("c", "categorical", 0, 4).draw(rng, 4000, "float32")
    np.testing.assert_array_equal(np.sort(drawn, axis=1)[:, -2:], [[0, 1]] * 4000)
    np.testing.assert_allclose(np.mean(drawn, axis=0), 0.25, atol=0.03)


def test_continuous_codes_are_uniform():
    rng = tf.random.Generator.from_seed(0, alg="philox")
    drawn = codes.Code("c", "continuous", 0, 2).draw(rng, 4000, "float32").numpy()
    assert -1 <= drawn.min() < -0.99
    assert 0.99 < drawn.max() <= 1
    np.testing.assert_allclose(drawn.std(), 1 / 3**0.5, rtol=0.02)


def test_a_probe_goes_through_the_categories():
    model = models.create("infogan", (SIDE, SIDE, 1), **NARROW)
    assert [code.name for code in model.codes] == ["c1", "c2", "c3"]
    c1, c2, _ = (model.probe(12).numpy()[:, code.span] for code in model.codes)
    np.testing.assert_array_equal(c1.argmax(axis=1), [*range(10), 0, 1])
    assert len(np.unique(c2)) == 12


def test_maxout_takes_the_largest_piece():
    from models.networks import conditional, layers

    inputs = models.keras.Input((6,))
    style = layers.Style(norm="none")
    outputs = conditional.maxout(inputs, 2, 3, style)
    dense = models.keras.Model(inputs, outputs).layers[1]
    x = RNG.normal(size=(5, 6)).astype("float32")
    kernel = dense.kernel.numpy().reshape(6, 2, 3)
    expected = np.einsum("bi,iup->bup", x, kernel).max(axis=2)
    actual = models.keras.Model(inputs, outputs)(x)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_l1_is_the_mean_absolute_difference():
    np.testing.assert_allclose(
        objectives.l1(tf.constant([[1.0, -2.0]]), tf.constant([[0.0, 1.0]])), 2.0
    )
