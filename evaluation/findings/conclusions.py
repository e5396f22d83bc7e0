"""What follows from the rules and the numbers: whether a finding holds."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from evaluation.findings.expectations import Expectation, Rule
from evaluation.findings.readings import KeptStudy

HOLDS, FAILS = "holds", "does not hold"
UNSEEN, NOT_RUN = "not seen at this budget", "not run yet"
SIGNS = {"<": operator.lt, ">": operator.gt}


def conclude(expectation: Expectation, study: KeptStudy) -> str:
    """Returns whether a finding holds, of the seeds that have come to an end."""
    entries = expectation.entries
    shown = [
        all(obeyed(rule, study, seed) for rule in expectation.rules)
        for seed in study.seeds(entries)
    ]
    length = min(map(study.reached, entries)) if shown else 0.0
    return decide(shown, length, expectation)


def decide(shown: Sequence[bool], length: float, expectation: Expectation) -> str:
    """Returns what follows from the seeds that show a finding, and their length."""
    if not shown:
        return NOT_RUN
    if all(shown) and length >= expectation.confirmed_from:
        return HOLDS
    if not any(shown) and length >= expectation.refuted_from:
        return FAILS
    return UNSEEN


def obeyed(rule: Rule, study: KeptStudy, seed: int) -> bool:
    """Returns whether a rule holds of a seed; a number that is missing obeys none."""
    left = study.value(rule.left, seed)
    right = study.value(rule.right, seed) if rule.right else 1.0
    if left is None or right is None:
        return False
    return bool(SIGNS[rule.sign](left, rule.factor * right))
