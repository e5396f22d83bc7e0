"""A run on show: its model, with the weights of one checkpoint at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from errors import UserError

if TYPE_CHECKING:
    from training import runs

BATCH = 64


class Exhibit:
    """One run, and the checkpoint of it that is shown."""

    def __init__(self, run: runs.Run):
        self.run = run
        self.saved()  # a run without checkpoints is refused before its model is built
        self.model = run.load_model()
        self.step: int | None = None

    def saved(self) -> list[int]:
        """The steps of its checkpoints at this moment, ascending, at least one."""
        steps = self.run.checkpoints()
        if not steps:
            every = self.run.config["watch"]["ckpt_step"]
            raise UserError(
                f"run {self.run.name!r} has no checkpoint yet; it is saved every "
                f"{every} steps: wait, or train it further with train.py"
            )
        return steps

    def show(self, step: int) -> None:
        """Loads a checkpoint; FileNotFoundError where --keep has removed it."""
        if step != self.step:
            self.run.restore_networks(self.model, step)
            self.step = step

    def draw(self, z: np.ndarray) -> np.ndarray:
        """Images [n, H, W, C] in [-1, 1] for latents [n, ...]."""
        starts = range(0, len(z), BATCH)
        return np.concatenate([self.model(z[s : s + BATCH]) for s in starts])

    @property
    def label(self) -> tuple[str, str]:
        """What its captions say on the left and on the right."""
        return self.run.name, f"step {self.step:,}"


def latents(shown: Sequence[Exhibit], count: int) -> list[np.ndarray]:
    """`count` probe latents for each: the same ones for all whose z_dim agrees."""
    own = [np.asarray(exhibit.model.probe(count)) for exhibit in shown]
    first: dict[tuple[int, ...], np.ndarray] = {}
    return [first.setdefault(z.shape, z) for z in own]
