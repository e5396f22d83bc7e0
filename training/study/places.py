"""Where the runs of a study compute: each on GPUs of its own, or on some cores."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence

from common.errors import UserError
from training import gpus


@dataclasses.dataclass(frozen=True)
class Place:
    """Where one run computes: on these GPUs, or on the CPU."""

    devices: tuple[gpus.Gpu, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What its process's environment has besides the study's own."""
        return {gpus.VISIBLE: gpus.names(self.devices)} if self.devices else {}

    @property
    def flags(self) -> list[str]:
        """What its process is told besides: to take all of several GPUs."""
        return [f"--gpus={gpus.ALL}"] if len(self.devices) > 1 else []

    @property
    def numbers(self) -> list[int]:
        """The numbers of its GPUs."""
        return [gpu.index for gpu in self.devices]


def shared(jobs: int, per_job: float, among: Sequence[gpus.Gpu]) -> list[Place]:
    """Returns a place for each of `jobs` runs, or for as many as the GPUs are enough.

    A run has `per_job` of the GPUs, the freest first; without any all share the CPU.

    Raises:
        UserError: `per_job` is neither whole nor below 1, or more than there are.
    """
    whole = int(per_job)
    if whole and per_job != whole:
        raise UserError(
            f"--gpus_per_job {per_job:g} is wrong: give a whole number, or a part of "
            "one GPU, such as 0.5"
        )
    if not among:
        return [Place()] * jobs

    ordered = gpus.ranked(among)
    if whole > len(ordered):
        raise UserError(
            f"--gpus_per_job {whole} is more than there are: "
            f"{', '.join(map(str, ordered))}"
        )
    if whole:
        starts = range(0, len(ordered) - whole + 1, whole)
        every = [Place(tuple(ordered[k : k + whole])) for k in starts]
    else:
        every = [Place((gpu,)) for gpu in ordered] * int(1 / per_job + 1e-9)
    return every[:jobs]


def threads(places: Sequence[Place]) -> int:
    """Returns the CPU threads of a run; 0, one on each core, for those on GPUs."""
    if places[0].devices:
        return 0
    return max(1, len(os.sched_getaffinity(0)) // len(places))


def take(free: list[Place], numbers: Sequence[int]) -> Place:
    """Takes the place of GPUs of these numbers out of `free`, or else the first."""
    same = [k for k, place in enumerate(free) if place.numbers == list(numbers)]
    return free.pop(same[0] if same else 0)


def tell(title: str, places: Sequence[Place], most: int, threads: int) -> None:
    """Prints how many runs of the `most` that were asked for there are at a time."""
    if len(places) < most:
        print(
            f"{title}: {most} runs side by side need more GPUs than there are; a "
            "smaller --gpus_per_job, such as 0.5, puts several on one",
            file=sys.stderr,
        )
    used = dict.fromkeys(gpu for place in places for gpu in place.devices)
    where = f", on GPU {', '.join(map(str, used))}" if used else ""
    each = f", each with {plural(threads, 'CPU thread')}" if threads else ""
    text = f"{title}: {plural(len(places), 'run')} at a time{where}{each}"
    print(text, file=sys.stderr)


def plural(count: int, noun: str) -> str:
    """Returns a number and what it counts."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
