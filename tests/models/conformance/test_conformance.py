"""What every model promises; parametrised over models.MODELS."""

import contextlib

import keras
import losses
import numpy as np
import pytest
import tensorflow as tf
from narrow_models import (
    ADVERSARIAL,
    LATENT,
    SHAPE,
    TRANSLATION,
    batch,
    create,
    values,
)

import models
from models.base import autoencoding_critic
from training import checkpoints, saver

CODED = ["cgan", "acgan", "infogan"]
EVERY_TRICK = {
    "label_smoothing": 0.1,
    "flip_labels": 0.25,
    "instance_noise": 0.1,
    "z": "sphere",
    "joint": True,
    "ema": 0.9,
}


@pytest.fixture(params=models.MODELS)
def name(request):
    return request.param


@pytest.fixture(params=ADVERSARIAL)
def gan(request):
    return request.param


@pytest.fixture(params=LATENT)
def latent(request):
    return request.param


@pytest.fixture(params=TRANSLATION)
def translator(request):
    return request.param


def without_dropout(name):
    fields = models.MODELS[name].Config.__dataclass_fields__
    return {"dropout": 0.0} if "dropout" in fields else {}


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


def test_n_critic_takes_that_many_minibatches(gan):
    model = create(gan, n_critic=3)
    assert model.batches_per_step == 3
    model.train_step([batch(i) for i in range(3)])
    iterations = {k: int(p.optimizer.iterations) for k, p in model.players.items()}
    assert iterations == {"discriminator": 3, "generator": 1}


@pytest.mark.parametrize("fresh", [False, True])
def test_the_generator_takes_the_last_z_or_a_fresh_one(gan, fresh):
    model = create(gan, fresh_z=fresh)
    seen = {}
    for key in ("d_loss", "g_loss"):
        loss = getattr(model, key)
        record = lambda data, fake, key=key, loss=loss: (  # noqa: E731
            seen.update({key: data["z"]}) or loss(data, fake)
        )
        setattr(model, key, record)
    model.train_step([batch()])
    same = np.array_equal(seen["d_loss"], seen["g_loss"])
    assert same != fresh


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_shared_pass_of_the_generator_is_what_two_are(gan, noise, monkeypatch):
    def trained(passes):
        model = create(gan, instance_noise=noise, n_critic=2)
        count, run = [], model.run
        monkeypatch.setattr(
            model,
            "run",
            lambda net, *rest, **options: (
                count.append(net is model.generator) or run(net, *rest, **options)
            ),
        )
        if passes == 3:
            monkeypatch.setattr(type(model), "shares_pass", False)
        model.train_step([batch(i) for i in range(2)])
        assert sum(count) == passes
        return [v.numpy() for n in model.networks.values() for v in n.weights]

    shares = create(gan).shares_pass  # not with dropout, whose masks differ
    for a, b in zip(trained(2 if shares else 3), trained(3), strict=True):
        np.testing.assert_array_equal(a, b)


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


def test_the_tricks_are_off_by_default(gan):
    config = create(gan).config
    off = [getattr(config, field) for field in EVERY_TRICK if field != "z"]
    assert not any(off)


def test_every_trick_at_once_trains(gan):
    model = create(gan, **EVERY_TRICK)
    logs = model.train_step([batch(i) for i in range(model.batches_per_step)])
    assert all(np.isfinite(value) for value in logs.values())


def test_the_tricks_change_what_they_should(gan):
    data = {**batch(), "z": create(gan).latent(batch())}
    plain, _ = losses.d_loss(create(gan), data)
    for trick, value in EVERY_TRICK.items():
        model = create(gan, **{trick: value})
        changed, _ = losses.d_loss(model, data)
        same = trick in ("z", "ema")  # these act before and after the objective
        if trick == "joint":
            plain_nets = {"g_norm": "none", "d_norm": "none", **without_dropout(gan)}
            model = create(gan, joint=True, **plain_nets)
            apart = create(gan, joint=False, **plain_nets)
            np.testing.assert_allclose(
                losses.d_loss(model, data)[0],
                losses.d_loss(apart, data)[0],
                rtol=1e-5,
            )
        elif trick != "flip_labels":  # which may flip none of four
            assert (changed == plain) == same, trick


def test_both_updates_can_start_from_the_same_weights(gan):
    options = without_dropout(gan)
    one, other = create(gan, simultaneous=True, **options), create(gan, **options)
    data = {**batch(), "z": other.latent(batch())}
    other_rng = other.rng.state.numpy()
    g_loss = losses.g_loss(other, data)[0]
    other.rng.state.assign(other_rng)
    one.rng.state.assign(other_rng)
    other.update_d(data)
    logs = one.update_simultaneously(data)
    for a, b in zip(
        values(one.discriminator), values(other.discriminator), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(logs["g_loss"], g_loss, rtol=1e-4, atol=1e-6)


def test_the_average_follows_the_generator_and_is_used(gan):
    model = create(gan, ema=0.75)
    average = model.networks["generator_ema"]
    expected = values(average)
    for _ in range(2):
        model.train_step([batch()] * model.batches_per_step)
        pairs = zip(expected, values(model.generator), strict=True)
        expected = [0.75 * old + 0.25 * new for old, new in pairs]
    for ours, theirs in zip(values(average), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    other = create(gan, ema=0.75, averaged=True)
    for key, network in model.networks.items():
        other.networks[key].set_weights(network.get_weights())
    assert not np.array_equal(model(model.probe(2)), other(other.probe(2)))


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


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("began-cs", {"net": "conv3"}, "codes of 256 numbers, z has 64"),
        ("vae", {"pixels": "signed"}, r"needs numbers in \[0, 1\]"),
        ("vae", {"output": "linear"}, r"needs numbers in \[0, 1\]"),
        ("dcgan", {"ema": 1.0}, "ema=1.0 is wrong: it must be finite and from 0"),
        ("dcgan", {"net": "began"}, "net='began' is wrong"),
    ],
)
def test_options_that_do_not_fit_each_other_are_refused(name, options, problem):
    with pytest.raises(ValueError, match=problem):
        models.create(name, SHAPE, **options)


@pytest.mark.parametrize("n_critic", [1, 3])
@pytest.mark.parametrize("fresh_z", [False, True])
def test_a_simultaneous_step_takes_both_gradients_first(n_critic, fresh_z):
    options = {"simultaneous": True, "n_critic": n_critic, "fresh_z": fresh_z}
    model, seen = create("dcgan", **options), []
    noise = []
    for key, player in model.players.items():
        name = f"{key[0]}_loss"

        plain = getattr(model, name)

        def loss(data, fake, original=plain):
            noise.append(data["z"])
            return original(data, fake)

        def gradients(tape, loss, key=key, original=player.gradients):
            seen.append(("gradient", key))
            return original(tape, loss)

        def apply(gradients, key=key, original=player.optimizer.apply):
            seen.append(("update", key))
            return original(gradients)

        setattr(model, name, loss)
        player.gradients, player.optimizer.apply = gradients, apply
    model.train_step([batch(i) for i in range(n_critic)])
    d, g = "discriminator", "generator"
    alone = [("gradient", d), ("update", d)] * (n_critic - 1)
    together = [("gradient", d), ("gradient", g), ("update", d), ("update", g)]
    assert seen == [*alone, *together]
    assert np.array_equal(*noise[-2:]) != fresh_z


@pytest.mark.parametrize("name", ["dcgan", "vae"])
def test_each_step_decays_the_rates(name):
    model = create(name, lr_decay=0.5, lr_decay_steps=2)
    (first, *_) = (player.learning_rate for player in model.players.values())
    for factor in (1, 1, 0.5, 0.5, 0.25):
        model.train_step([batch()])
        for player in model.players.values():
            rate = player.optimizer.learning_rate
            np.testing.assert_allclose(rate, first * factor, rtol=1e-6)


def test_an_extra_update_has_the_rate_of_its_step():
    model = create("wgan", lr_decay=0.5, lr_decay_steps=1, critic_burst=3)
    model.train_step([batch()])
    model.extra_step(batch())
    rate = model.players["discriminator"].optimizer.learning_rate
    np.testing.assert_allclose(rate, 0.5 * model.config.d_lr, rtol=1e-6)


def test_wgan_clips_all_critic_variables_after_or_before_its_update():
    for order, bounded in (("after", True), ("before", False)):
        model = create("wgan", clip_order=order)
        model.update_d({**batch(), "z": model.latent(batch())})
        weights = model.discriminator.trainable_variables
        largest = max(np.abs(v.numpy()).max() for v in weights)
        assert (largest <= 0.01) == bounded
        assert largest < 0.011


def test_ebgan_hinge_on_the_batch_or_on_each_sample():
    energies = np.array([10.0, 40.0])
    expected = {"batch": 0.0, "sample": 5.0}  # margin 20, mean energy 25
    for hinge, value in expected.items():
        model = create("ebgan", hinge=hinge)
        said = autoencoding_critic.Encoded(tf.constant(energies), tf.zeros((2, 1)))
        model.d = lambda x, move_averages=False, said=said: said
        loss, _ = losses.d_loss(model, {**batch(), "z": model.latent(batch())})
        np.testing.assert_allclose(loss, 25.0 + value)
