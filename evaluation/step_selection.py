"""Which checkpoints a picture shows: of one run, or of several at the same step."""

import bisect
from collections.abc import Sequence

from common.errors import UserError

LISTED = 12

# The step that a picture stands for -> each run's checkpoint in it.
Moments = dict[int, tuple[int, ...]]


def align(saved: Sequence[Sequence[int]]) -> Moments:
    """Every step saved by any run, with each run's newest checkpoint until then.

    Begins where all runs have one. `saved` has each run's steps, ascending, not empty.
    """
    first = max(steps[0] for steps in saved)
    marks = sorted({step for steps in saved for step in steps if step >= first})
    return {
        mark: tuple(steps[bisect.bisect_right(steps, mark) - 1] for steps in saved)
        for mark in marks
    }


def select(moments: Moments, step: str) -> Moments:
    """The moments that `--step` asks for: `all`, `latest` or a number."""
    if step == "all":
        return moments
    if step == "latest":
        return {max(moments): moments[max(moments)]}
    if not step.isdecimal():
        raise UserError(f"--step={step!r} is wrong: it takes latest, all or a number")
    if int(step) not in moments:
        raise UserError(
            f"there is no checkpoint of step {int(step)}; there are "
            f"{enumerated(list(moments))}"
        )
    return {int(step): moments[int(step)]}


def evenly(steps: Sequence[int], most: int) -> list[int]:
    """Returns at most `most` of ascending steps, the last one among them."""
    stride = max(1, -(-len(steps) // most))
    first = (len(steps) - 1) % stride
    return list(steps[first::stride])


def enumerated(steps: list[int]) -> str:
    """The steps as a list; a long one without its middle."""
    if len(steps) <= LISTED:
        return ", ".join(map(str, steps))
    return f"{enumerated(steps[: LISTED - 1])}, ..., {steps[-1]}"
