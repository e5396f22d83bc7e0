import itertools
import time

import numpy as np
import psutil
import pytest
import tensorflow as tf

import models
from datasets.info import Info
from datasets.pipeline import loader
from training import loop


class Toy:
    """Counts its steps and logs a number that a test chooses."""

    batches_per_step = 1
    extra_batches = staticmethod(lambda: None)

    def __init__(self, log=lambda step: step):
        self.step = tf.Variable(0.0)
        self.log = log
        self.networks = {}

    def train_step(self, batches, total_steps=0):
        self.total_steps = total_steps
        self.step.assign_add(1.0)
        return {"first": tf.reduce_mean(batches[0]["image"]), "x": self.log(self.step)}


@pytest.fixture(scope="module")
def data(digits):
    return Info.load(digits / "digits" / "28px")


def toy_loop(data, model, steps_per_call=50):
    dataset = loader.batches(data, batch_size=4, seed=0)
    strategy = tf.distribute.get_strategy()
    made = loop.Loop(model, dataset, strategy, steps_per_call=steps_per_call)
    made.seconds_per_step = 1e-9
    return made


def wait():
    time.sleep(0.02)
    return 0.0


def train(made, limit):
    """All logs of the calls up to `limit`."""
    step, logs = 0, []
    while step < limit:
        step, last = made.advance(step, limit)
        logs.append((step, last))
    return logs


def test_calls_of_any_length_share_one_trace(data):
    made = toy_loop(data, Toy())
    for step, limit in itertools.pairwise((0, 1, 8, 10, 60, 111)):
        made.advance(step, limit)
    assert made.traces == 1


def test_the_wait_for_data_is_told_once(data):
    made = toy_loop(data, Toy())
    slow = loader.batches(data, batch_size=4, seed=0).map(
        lambda batch: batch | {"wait": tf.py_function(wait, [], "float32")}
    )
    made.iterator = iter(slow)
    train(made, 20)
    assert made.data_wait() > 0.5
    assert made.data_wait() == 0
    quick = toy_loop(data, Toy(lambda step: step + tf.py_function(wait, [], "float32")))
    train(quick, 20)
    assert 0 < quick.data_wait() < 0.5


def test_a_step_is_told_the_length_of_the_run(data):
    model = Toy()
    made = toy_loop(data, model)
    made.total_steps = 7
    made.advance(0, 1)
    assert model.total_steps == 7


def test_a_run_tells_its_loop_how_long_it_is(trained, monkeypatch):
    lengths = []

    class Spy(loop.Loop):
        def __init__(self, *args):
            super().__init__(*args)
            lengths.append(self.total_steps)

    monkeypatch.setattr(loop, "Loop", Spy)
    trained("length", steps=3)
    assert lengths == [3]


def test_a_call_is_no_longer_than_asked_for(data):
    made = toy_loop(data, Toy(), steps_per_call=7)
    assert [step for step, _ in train(made, 16)] == [7, 14, 16]
    assert made.model.step == 16


def test_slow_steps_make_short_calls(data):
    made = toy_loop(data, Toy())
    made.seconds_per_step = 0.3
    assert made.advance(0, 50)[0] == 3


def test_the_first_number_that_is_not_finite_stops_the_call(data):
    model = Toy(lambda step: tf.where(step >= 13, np.nan, step))
    made = toy_loop(data, model)
    with pytest.raises(loop.NotFiniteError, match="x is nan at step 13"):
        train(made, 50)
    assert model.step == 13


def narrow(seed=0):
    options = {"g_width": 1 / 32, "d_width": 1 / 32, "n_critic": 2}
    return models.create("dcgan", (28, 28, 1), seed=seed, **options)


def test_how_steps_are_cut_into_calls_changes_no_bit(data):
    weights, logs = [], []
    for steps_per_call in (1, 5):
        model = narrow()
        logs.append(train(toy_loop(data, model, steps_per_call), 10)[-1])
        weights.append([v.numpy() for v in model.generator.weights])
    assert logs[0] == logs[1]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_bursts_of_critic_updates_take_their_own_minibatches(data):
    narrowest = {"g_width": 1 / 64, "d_width": 1 / 64}
    model = models.create("wgan", (28, 28, 1), critic_burst=4, **narrowest)
    made = toy_loop(data, model)
    train(made, 30)
    updates = {k: int(p.optimizer.iterations) for k, p in model.players.items()}
    assert updates == {"generator": 30, "discriminator": 30 + 25 * 3}
    assert model.batches_before(30) == 30 + 25 * 3
    start = model.batches_before(30)
    following = next(iter(loader.batches(data, batch_size=4, seed=0, start=start)))
    np.testing.assert_array_equal(next(made.iterator)["image"], following["image"])
    assert made.traces == 1


@pytest.mark.parametrize(
    ("burst_at", "later"), [("500th", {499, 999}), ("501st", {500, 1000})]
)
def test_bursts_come_back_every_500_steps(burst_at, later):
    burst = {"critic_burst": 100, "burst_at": burst_at}
    model = models.create("wgan", (28, 28, 1), n_critic=5, **burst)
    taken = [model.batches_before(step + 1) - model.batches_before(step)
             for step in range(1001)]  # fmt: skip
    long = {step for step, batches in enumerate(taken) if batches == 100}
    assert long == {*range(25), *later}
    extra = [model.schedule.extra_batches(tf.constant(step)) for step in (24, *later)]
    assert [int(n) for n in extra] == [95] * 3
    assert int(model.schedule.extra_batches(tf.constant(25))) == 0
    assert {batches for batches in taken if batches != 100} == {5}


def test_a_weight_that_is_not_finite_is_named(data):
    model = narrow()
    made = toy_loop(data, model)
    made.check_weights(3)
    kernel = model.discriminator.trainable_variables[0]
    kernel.assign(kernel.numpy() * np.inf)
    with pytest.raises(loop.NotFiniteError, match=r"discriminator/.*kernel.* step 4"):
        made.check_weights(4)


def test_memory_stays_flat_over_10000_steps(data):
    made, process, step = toy_loop(data, Toy()), psutil.Process(), 0
    resident = {}
    for limit in (2000, 10000):
        while step < limit:
            step, _ = made.advance(step, limit)
        resident[limit] = process.memory_info().rss
    assert resident[10000] - resident[2000] < 16 * 2**20
