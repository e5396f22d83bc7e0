"""What train.py's flags say, checked."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from common.errors import UserError
from common.forms import Range

MOST_STEPS = 10**12
BOUNDS = {
    "num_epochs": Range(1e-6, 1e6),
    "steps": Range(1, MOST_STEPS),
    "batch_size": Range(1, 2**20),
    "seed": Range(0, 2**32 - 1),  # NumPy's limit
    "log_step": Range(0, MOST_STEPS),
    "sample_step": Range(0, MOST_STEPS),
    "ckpt_step": Range(0, MOST_STEPS),
    "eval_every": Range(0, MOST_STEPS),
    "steps_per_call": Range(1, 10**6),
    "threads": Range(0, 1024),
    "keep": Range(0, 10**9),
}
# How often in a run, and the most steps from one to the next.
INTERVALS = {"log_step": (100, 100), "sample_step": (20, 500), "ckpt_step": (20, 5000)}
CHOICES = {
    "precision": ("float32", "mixed_bfloat16"),
    "xla": ("auto", "on", "off"),
    "strategy": ("auto", "one", "mirrored", "multiworker"),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """One training; defaults are tf.gans-comparison's where it has them."""

    model: str
    overrides: dict[str, Any] = dataclasses.field(default_factory=dict)
    num_epochs: float = 20.0
    steps: int | None = None  # instead of num_epochs
    batch_size: int = 128
    seed: int = 0
    precision: str = "float32"
    xla: str = "auto"
    strategy: str = "auto"
    threads: int = 0  # of the CPU; 0: as the run began, or one on each core
    deterministic: bool = False
    log_step: int = 0  # 0: as often as `with_intervals` says
    sample_step: int = 0
    ckpt_step: int = 0
    eval_every: int = 0  # steps between evaluations; 0: none
    steps_per_call: int = 50
    keep: int = 0  # checkpoints; 0: all of them

    def __post_init__(self) -> None:
        for name, bounds in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not bounds.fits(value):
                raise UserError(f"--{name} {value} is wrong: {bounds.words}")

        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                raise UserError(
                    f"--{name} {value!r} is unknown; it takes {', '.join(known)}"
                )

    def check_batch(self, least: int) -> None:
        """Raises a UserError if the model needs larger batches."""
        if self.batch_size < least:
            raise UserError(
                f"--batch_size {self.batch_size} is too small for {self.model}: at "
                f"least {least}"
            )

    def total_steps(
        self, batches_per_epoch: int, batches_before: Callable[[int], int]
    ) -> int:
        """Counts G's updates of the whole run: the most whose minibatches suffice."""
        if self.steps:
            return self.steps
        batches = int(self.num_epochs * batches_per_epoch)
        steps = batches // batches_before(1)
        while batches_before(steps + 1) <= batches:
            steps += 1
        return max(1, steps)

    def with_intervals(
        self, steps: int, before: Mapping[str, Any] | None = None
    ) -> "Settings":
        """Returns a copy whose intervals are numbers.

        Those that no flag says are as `before`, in the run that goes on, or else follow
        from its `steps`.
        """
        usual = before or {
            name: min(most, math.ceil(steps / times))
            for name, (times, most) in INTERVALS.items()
        }
        own = {name: getattr(self, name) or usual[name] for name in INTERVALS}
        return dataclasses.replace(self, **own)

    def next_event(self, step: int, last: int) -> int:
        """Returns the next step after which something is due, at most `last`."""
        intervals = [getattr(self, name) for name in (*INTERVALS, "eval_every")]
        return min(last, *((step // n + 1) * n for n in intervals if n))

    def what(self) -> dict[str, Any]:
        """Returns the part that a run's numbers depend on."""
        names = ("batch_size", "seed", "precision", "xla", "deterministic")
        return {name: getattr(self, name) for name in names}

    def how(self) -> dict[str, Any]:
        """Returns the part that only says how the run is watched and cut into calls."""
        names = (
            "num_epochs", "log_step", "sample_step", "ckpt_step", "eval_every",
            "steps_per_call", "keep", "strategy",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def chosen(self, config: Any) -> dict[str, Any]:
        """Returns what numbers depend on and differs from its default, by flag.

        `config` is the model's: `--set g_lr` is one of its hyper-parameters.
        """
        usual = {f.name: f.default for f in dataclasses.fields(Settings)}
        own = {f"--{k}": v for k, v in self.what().items() if v != usual[k]}
        for f in dataclasses.fields(config):
            if (value := getattr(config, f.name)) != f.default:
                own[f"--set {f.name}"] = value
        return own
