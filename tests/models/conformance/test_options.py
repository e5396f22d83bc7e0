"""What the options that models share do; parametrised over the adversarial models."""

import losses
import numpy as np
import pytest
import tensorflow as tf
from narrow_models import SHAPE, batch, create, values, without_dropout

import models
from models.base import autoencoding_critic

EVERY_TRICK = {
    "label_smoothing": 0.1,
    "flip_labels": 0.25,
    "instance_noise": 0.1,
    "z": "sphere",
    "joint": True,
    "ema": 0.9,
}


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
