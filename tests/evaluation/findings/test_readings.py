"""What a rule reads of a run."""

import pytest
from kept_study import MARK

from evaluation.findings import expectations


def value(study, text, seed=3):
    """The left side of a rule."""
    return study.value(expectations.parse(f"{text} > 0").left, seed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fid(a)", 2),
        ("fid(a, last, 0 to 10)", 9),
        ("fid(a, max)", 9),
        ("fid(a, mean)", 5.5),
        ("fid(a, mean, 15 to 20)", 2),
        ("fid(a, count)", 2),
        ("fid(a, max, 11 to 12)", None),
        ("fid(a, mean, 0 to 50%)", 9),  # of 20 steps
        ("fid(a, last, 75 to 100%)", 2),
        ("fid(real)", 0.5),
        ("loss(a)", 1),  # a scalar of the log
        ("collapse(a, count)", 0),
        ("nothing(a)", None),
        ("nothing(real)", None),
    ],
)
def test_a_number_is_taken_as_the_rule_says(kept, text, expected):
    assert value(kept.open(), text) == expected


def test_windows_are_in_epochs_of_whole_batches(kept):
    """Step 10 is after 300 images, 3.33 epochs of 90."""
    study = kept.open("epochs")
    assert value(study, "fid(a, last, 0 to 3.4)") == 9
    assert value(study, "fid(a, min, 0 to 3.3)") is None
    assert study.reached("a") == pytest.approx(600 / 90)


def test_each_seed_has_its_own(kept):
    assert value(kept.open(), "fid(a)", seed=4) == 3


def test_a_run_that_stopped_has_no_last_number_but_has_ended(kept):
    del kept.by_run["a-seed3"][20]
    kept.save()
    kept.log("a-seed3", [{"step": 5, "loss": 7.0}, MARK])
    study = kept.open()
    assert value(study, "fid(a)") is None
    assert value(study, "loss(a)") is None
    assert value(study, "not_finite(a, count)") == 1
    assert study.seeds(["a"]) == [3, 4]


def test_a_run_that_goes_on_has_not_ended(kept):
    del kept.by_run["a-seed3"][20]
    del kept.by_run["b-seed4"]
    kept.save()
    study = kept.open()
    assert study.seeds(["a"]) == [4]
    assert study.seeds(["a", "b"]) == []


def test_a_study_that_was_not_run_has_no_seeds(kept):
    (kept.directory / "protocol.json").unlink()
    assert kept.open().seeds(["a"]) == []
