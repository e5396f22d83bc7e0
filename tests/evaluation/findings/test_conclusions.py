"""What follows from rules; by hand, the FIDs of a are 2 and 3, those of b 4 and 3.5."""

import pytest

from evaluation.findings import conclusions, expectations


def expectation(*rules, confirmed_from=0, refuted_from=0):
    return expectations.Expectation(
        "e", "paper", "a is better", [expectations.parse(text) for text in rules],
        confirmed_from, refuted_from,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        (["fid(a) < fid(b)"], "holds"),
        (["fid(a) < 0.8 * fid(b)"], "not seen at this budget"),  # of one seed
        (["fid(a) < 0.3 * fid(b)"], "does not hold"),
        (["fid(a) < 3.1"], "holds"),
        (["fid(a) > 6 * fid(real)"], "does not hold"),
        (["fid(a) > 3 * fid(real)"], "holds"),
        (["fid(a) < fid(b)", "fid(b) < 1"], "does not hold"),
        (["nothing(a) < 5"], "does not hold"),
    ],
)
def test_the_verdict_follows_from_every_seed(kept, rules, verdict):
    assert conclusions.conclude(expectation(*rules), kept.open()) == verdict


@pytest.mark.parametrize(
    ("rule", "confirmed_from", "refuted_from", "verdict"),
    [
        ("fid(a) < fid(b)", 20, 99, "holds"),
        ("fid(a) < fid(b)", 21, 99, "not seen at this budget"),
        ("fid(a) > fid(b)", 0, 20, "does not hold"),
        ("fid(a) > fid(b)", 0, 21, "not seen at this budget"),
    ],
)
def test_a_short_run_decides_nothing(kept, rule, confirmed_from, refuted_from, verdict):
    own = expectation(rule, confirmed_from=confirmed_from, refuted_from=refuted_from)
    assert conclusions.conclude(own, kept.open()) == verdict


def test_a_seed_that_goes_on_does_not_count(kept):
    del kept.by_run["b-seed4"][20]
    kept.save()
    assert conclusions.conclude(expectation("fid(a) < 0.6 * fid(b)"), kept.open()) == (
        "holds"
    )


def test_without_a_run_there_is_no_verdict(kept):
    kept.by_run = {}
    kept.save()
    own = expectation("fid(a) < fid(b)")
    assert conclusions.conclude(own, kept.open()) == "not run yet"
