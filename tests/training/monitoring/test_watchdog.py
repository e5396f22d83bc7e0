"""Collapses are found, marked once, and leave a healthy checkpoint."""

import itertools

import numpy as np
import pytest
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util import tensor_util

from common.errors import UserError
from training import runs
from training.monitoring import watchdog

MEASURES = {
    "h": {"diversity": 0.8, "auc": 0.9, "movement": 0.3},  # healthy
    "w": {"diversity": 0.8, "auc": 1.0, "movement": 0.3},  # D wins, G moves
    "r": {"diversity": 0.8, "auc": 0.9, "movement": 0.0},  # G rests
    "l": {"diversity": 0.02, "auc": 0.9, "movement": 0.3},  # low
    "s": {"diversity": 0.8, "auc": 1.0, "movement": 0.0},  # stuck
    "v": {"diversity": 0.8},  # no scores
    "t": {"auc": 1.0},  # no samples
}


def history(letters, every=10):
    """Checks at steps 10, 20, ..., one for each letter."""
    steps = itertools.count(every, every)
    return [watchdog.Check(next(steps), **MEASURES[letter]) for letter in letters]


def collapses(letters, every=100):
    """(step, since) of each collapse as a run goes through these checks."""
    checks = history(letters, every)
    found = [watchdog.collapse(checks[: n + 1]) for n in range(len(checks))]
    return [
        (check.step, one.since)
        for check, one in zip(checks, found, strict=True)
        if one is not None
    ]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("hhhhhhhhhh", []),
        ("hwwwwwwwww", []),
        ("hrrrrrrrrr", []),
        ("vvvvvvvvvv", []),
        ("tttttttttt", []),
        ("hll", []),
        ("hllhllhll", []),
        ("hlll", [(400, 200)]),
        ("hllllllll", [(400, 200)]),
        ("hlllhhlll", [(400, 200), (900, 700)]),
        ("lllll", []),
        ("llllll", [(600, 100)]),
        ("lllllllll", [(600, 100)]),
        ("lllllhlll", [(900, 700)]),
        ("hssss", []),
        ("hsssss", [(600, 200)]),
        ("sssss", [(500, 100)]),
        ("hsssssssss", [(600, 200)]),
        ("hsssslll", [(800, 200)]),
        ("hlllsssss", [(400, 200)]),
    ],
)
def test_a_collapse_is_certain_after_some_checks_and_told_once(letters, expected):
    assert collapses(letters) == expected


def test_an_untrained_generator_is_given_time():
    assert collapses("llllllll", every=10) == []
    assert collapses("lhlll", every=10) == [(50, 30)]
    assert collapses("h" + "s" * 48, every=10) == []
    assert collapses("h" + "s" * 60, every=10) == [(500, 20)]


def test_it_is_stuck_only_after_many_steps():
    assert collapses("h" * 600 + "s" * 80, every=1) == []
    assert collapses("h" * 600 + "s" * 90, every=1) == [(681, 601)]


def test_samples_that_are_all_the_same_are_low():
    real = np.random.default_rng(0).normal(size=(4, 2, 2, 1))
    values = watchdog.Watchdog(real).check(1, np.zeros((4, 2, 2, 1)), {})
    assert values == {"diversity": 0.0}


def test_the_cause_is_in_words():
    low, stuck = (watchdog.collapse(history(x, every=100)) for x in ("hlll", "sssss"))
    assert low.cause.startswith("two samples differ 2.0% as much as two real images")
    assert stuck.cause.startswith("the discriminator tells real from fake images")


def test_the_last_healthy_checkpoint_is_not_after_the_last_healthy_check():
    dog = watchdog.Watchdog(None)
    assert dog.last_healthy([5, 15]) == []
    dog.checks = history("lhhll")  # healthy at 20 and 30
    assert dog.last_healthy([15, 25, 30, 35, 45]) == [30]
    assert dog.last_healthy([35]) == []


@pytest.mark.parametrize(
    ("real", "fake", "area"),
    [
        ([2, 1], [1, 0], 0.875),  # three pairs right, one tie
        ([0, 1], [2, 3], 1.0),  # energies
        ([1, 1], [1, 1], 0.5),
    ],
)
def test_auc(real, fake, area):
    assert watchdog.auc(np.array(real), np.array(fake)) == area


def test_distances_are_relative_to_real_images():
    triangle = np.array([[0, 0], [3, 0], [0, 4]], np.float32).reshape(3, 1, 1, 2)
    assert watchdog.distance(triangle) == pytest.approx(4.0)  # (3 + 4 + 5) / 3
    dog = watchdog.Watchdog(triangle)
    assert dog.check(1, triangle / 2, {}) == pytest.approx({"diversity": 0.5})
    moved = triangle / 2 + np.array([0.3, 0.4], np.float32)
    expected = {"diversity": 0.5, "movement": 0.125}
    assert dog.check(21, moved, {}) == pytest.approx(expected)
    assert dog.check(121, triangle / 2, {}) == pytest.approx(expected)


def test_few_steps_count_as_twenty():
    pair = np.array([[0, 0], [3, 4]], np.float32).reshape(2, 1, 1, 2)
    dog = watchdog.Watchdog(pair)
    dog.check(10, pair, {})
    assert dog.check(15, pair + 0.001, {})["movement"] == pytest.approx(
        20 / 5 * 0.001 * np.sqrt(2) / 5, rel=1e-3
    )


def test_what_cannot_be_measured_is_left_out():
    one = np.ones((1, 1, 1, 2))
    nothing = watchdog.Watchdog(one).check(1, one, {"scores_real": np.zeros(1)})
    assert nothing == {}
    scores = {"scores_real": np.array([np.nan]), "scores_fake": np.array([0.0])}
    assert watchdog.Watchdog(None).check(1, None, scores) == {}


def without_times(run):
    lines = run.metrics()
    return [
        {
            k: v
            for k, v in line.items()
            if k not in ("time", "images_per_second", "data_wait")
        }
        for line in lines
    ]


def test_a_run_that_collapses_is_marked_and_trains_on(unbroken):
    run, _ = unbroken
    (mark,) = run.marks()
    measured = {line["step"]: line for line in run.metrics() if "movement" in line}
    still = [s for s, m in measured.items() if m["movement"] < watchdog.STILL]
    assert (mark["mark"], mark["since"]) == ("collapse", still[0])
    assert mark["step"] == min(s for s in still if s >= watchdog.UNTRAINED_STEPS)
    assert "samples stand still" in mark["cause"]
    assert run.not_finite is None
    healthy = max(step for step in (0, 35, *measured) if step < still[0])
    assert run.checkpoints() == [healthy // 30 * 30, 520]


def test_tensorboard_shows_the_mark(unbroken):
    run, _ = unbroken
    accumulator = plugin_event_accumulator.EventAccumulator(str(run.directory / "gan"))
    accumulator.Reload()
    (event,) = accumulator.Tensors("mark")
    (mark,) = run.marks()
    assert event.step == mark["step"]
    text = tensor_util.make_ndarray(event.tensor_proto).item().decode()
    assert text == f"collapse since step {mark['since']}: {mark['cause']}"


def test_a_resumed_run_has_the_same_checks_and_marks(unbroken, resumed):
    assert without_times(resumed[0]) == without_times(unbroken[0])
    assert resumed[0].checkpoints() == unbroken[0].checkpoints()


def test_a_healthy_run_is_not_marked(trained):
    run = trained("healthy", steps=30, sample_step=3, ckpt_step=10, keep=1)
    assert len([line for line in run.metrics() if "auc" in line]) == 10
    assert run.marks() == []
    assert run.checkpoints() == [30]


def test_a_sample_that_is_not_finite_ends_a_run_of_finite_weights(trained):
    with pytest.raises(UserError, match="a pixel of samples is not finite at step 1"):
        trained("blank", overrides={"g_lr": 1e38}, steps=20, sample_step=1)


def test_a_number_that_is_not_finite_is_marked(trained):
    often = {"sample_step": 20, "ckpt_step": 20}
    with pytest.raises(
        UserError, match=r"loss.* at step .*the last checkpoint is none"
    ):
        trained("diverging", overrides={"g_lr": 1e38}, steps=20, **often)
    run = runs.Run(trained.summary, "diverging")
    (mark,) = run.marks()
    assert run.metrics()[-1] == mark
    assert (mark["mark"], mark["since"]) == ("not finite", mark["step"])
    assert mark["cause"].endswith(f"at step {mark['step']}")
    assert run.not_finite == mark["cause"]
