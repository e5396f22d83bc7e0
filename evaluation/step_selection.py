"""Which checkpoints a picture shows: of one run, or of several at the same step."""

import bisect
from collections.abc import Sequence

from common.errors import UserError

MOST_LISTED = 12  # steps in a message

# The step that a picture stands for -> each run's checkpoint in it.
Moments = dict[int, tuple[int, ...]]


def align(saved: Sequence[Sequence[int]]) -> Moments:
    """Returns each step saved by any run, with each run's newest checkpoint then.

    Begins where all runs have one. `saved` has each run's steps, ascending, not empty.
    """
    first = max(steps[0] for steps in saved)
    marks = sorted({step for steps in saved for step in steps if step >= first})
    return {
        mark: tuple(steps[bisect.bisect_right(steps, mark) - 1] for steps in saved)
        for mark in marks
    }


def select(moments: Moments, step: str) -> Moments:
    """Returns the moments that `--step` asks for.

    Args:
        moments: to choose from.
        step: `all`, `latest` or a number.

    Raises:
        UserError: the step is none of these, or has no checkpoint.
    """
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
    """Returns the steps as text; a long list is cut in its middle."""
    if len(steps) <= MOST_LISTED:
        return ", ".join(map(str, steps))
    return f"{enumerated(steps[: MOST_LISTED - 1])}, ..., {steps[-1]}"
