"""What the sources report, as rules that were written before the runs."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from common.errors import UserError

REAL = "real"  # in place of an entry: as many other real images
LAST = "last"
_READING = r"(\w+)\(([\w.-]+)(?:, (\w+))?(?:, ([\d.]+) to ([\d.]+)(%)?)?\)"
_RULE = re.compile(rf"{_READING} ([<>]) (?:([\d.]+) \* )?(?:{_READING}|([\d.]+))")


class Reading(NamedTuple):
    """A number of an entry's runs: one of the values that it took on the way.

    `window` is in the unit of the file, epochs or steps, or in percent of the run.
    """

    number: str  # a key of metrics.json, a scalar of metrics.jsonl, or a mark
    entry: str
    take: str = LAST  # a key of readings.TAKES
    window: tuple[float, float] = (0.0, math.inf)
    percent: bool = False

    @property
    def text(self) -> str:
        """Returns it as a rule writes it."""
        start, end = self.window
        parts = [self.entry]
        if self.take != LAST or (start, end) != (0, math.inf):
            parts.append(self.take)
        if end < math.inf:
            parts.append(f"{start:g} to {end:g}{'%' if self.percent else ''}")
        return f"{self.number}({', '.join(parts)})"


class Rule(NamedTuple):
    """An inequality: `left` is above, or below, `factor` times `right`.

    Without `right` the bound is the factor itself.
    """

    text: str
    left: Reading
    sign: str  # < or >
    factor: float
    right: Reading | None

    @property
    def readings(self) -> list[Reading]:
        """Its one or two sides that are measured."""
        return [self.left, *([self.right] if self.right else [])]


class Expectation(NamedTuple):
    """A finding of a source, and the rules that all hold of a run which shows it.

    Below `confirmed_from` a run is too short to show it: no collapse after one epoch
    says nothing of the hundredth. Below `refuted_from` it is too short to deny it.
    """

    name: str
    source: str
    claim: str
    rules: Sequence[Rule]
    confirmed_from: float
    refuted_from: float

    @property
    def entries(self) -> list[str]:
        """The models or recipes that its rules name."""
        readings = [reading for rule in self.rules for reading in rule.readings]
        return [r.entry for r in readings if r.entry != REAL]


class Experiment(NamedTuple):
    """A study that is trained to test expectations."""

    study: str
    command: str  # of train.py, at the budget of two cores
    original: str  # the same at the source's budget
    budget: str  # the share of the original's, with its arithmetic
    minutes: float  # of two cores
    expectations: Sequence[Expectation]


class Campaign(NamedTuple):
    """The experiments of one file, in the order in which they are trained."""

    title: str
    unit: str  # of windows and budgets: epochs or steps
    experiments: Sequence[Experiment]


def load(file: Path) -> Campaign:
    """Reads a file of expectations.

    Raises:
        UserError: it is not TOML, a key is missing or unknown, or a rule is none.
    """
    try:
        content = tomllib.loads(file.read_text())
        experiments = [experiment(part) for part in content.pop("experiments")]
        return Campaign(experiments=experiments, **content)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UserError(
            f"{file} is no file of expectations ({error}): compare it with the others "
            "in its folder"
        ) from error


def experiment(content: Mapping[str, Any]) -> Experiment:
    """Returns a part of the file; without `original` the command is that."""
    own = {"original": content["command"], **content}
    own["expectations"] = [expectation(part) for part in content["expectations"]]
    return Experiment(**own)


def expectation(content: Mapping[str, Any]) -> Expectation:
    """Returns a part of an experiment."""
    own = {"confirmed_from": 0.0, **content}
    own["rules"] = [parse(text) for text in content["rules"]]
    return Expectation(**own)


def parse(text: str) -> Rule:
    """Reads a rule such as `fid(a, min, 0 to 2) < 0.8 * fid(b)`.

    Raises:
        UserError: it is not of that form.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise UserError(
            f"rule {text!r} cannot be read: write NUMBER(ENTRY, last, 0 to 5) < 0.8 * "
            "NUMBER(ENTRY), or a bound in place of the right side"
        )
    left, sign, factor = match.groups()[:6], match[7], match[8]
    right, bound = match.groups()[8:14], match[15]
    if bound is not None:
        return Rule(text, reading(left), sign, float(bound), None)
    return Rule(text, reading(left), sign, float(factor or 1), reading(right))


def reading(groups: Sequence[str | None]) -> Reading:
    """Returns what the groups of `_READING` say."""
    number, entry, take, start, end, percent = groups
    window = (float(start or 0), float(end or math.inf))
    return Reading(str(number), str(entry), take or LAST, window, percent == "%")
