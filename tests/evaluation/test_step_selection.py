"""Which checkpoints stand side by side."""

import pytest

from common.errors import UserError
from evaluation import step_selection

MOMENTS = {100: (100,), 200: (200,), 300: (300,)}


def test_one_run_shows_every_checkpoint():
    assert step_selection.align([[100, 200, 300]]) == MOMENTS


def test_each_run_shows_its_newest_checkpoint_until_then():
    moments = step_selection.align([[100, 200, 300], [150, 250]])
    assert moments == {
        150: (100, 150),
        200: (200, 150),
        250: (200, 250),
        300: (300, 250),
    }


def test_an_unfinished_run_stands_still_beside_a_finished_one():
    assert step_selection.align([[100], [100, 200]]) == {
        100: (100, 100),
        200: (100, 200),
    }


@pytest.mark.parametrize(
    ("step", "selected"), [("all", [100, 200, 300]), ("latest", [300]), ("200", [200])]
)
def test_a_step_selects_moments(step, selected):
    assert step_selection.select(MOMENTS, step) == {s: MOMENTS[s] for s in selected}


def test_a_step_that_does_not_exist_names_those_that_do():
    with pytest.raises(UserError, match=r"step 250; there are 100, 200, 300$"):
        step_selection.select(MOMENTS, "250")


def test_a_long_list_is_cut_in_its_middle():
    moments = {step: (step,) for step in range(1, 1001)}
    with pytest.raises(UserError, match=r"1, 2, .*, 10, 11, \.\.\., 1000$") as error:
        step_selection.select(moments, "1001")
    assert len(str(error.value)) < 120


@pytest.mark.parametrize("step", ["last", "-1", "1.5", ""])
def test_a_step_that_is_no_step_is_refused(step):
    with pytest.raises(UserError, match=r"takes latest, all or a number"):
        step_selection.select(MOMENTS, step)


@pytest.mark.parametrize(
    ("count", "chosen"),
    [(0, []), (1, [1]), (3, [1, 2, 3]), (4, [2, 4]), (7, [1, 4, 7]), (8, [2, 5, 8])],
)
def test_steps_are_taken_evenly_with_the_last_one(count, chosen):
    assert step_selection.evenly(range(1, count + 1), 3) == chosen
