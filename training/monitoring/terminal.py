"""What train.py shows in a terminal, or writes to a log: a header, then progress."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import tqdm

from datasets.info import Info
from models.base.generative import GenerativeModel
from training import runs
from training.settings import Settings

DATA_WAIT = "data_wait"  # the share of a step in which it waits for data, 0 to 1
QUIET = 30.0  # seconds without a line, at most, where there is no terminal
NAME_WIDTH = 20
NARROW = 100  # columns: with fewer, losses are shown and the name is not
# Bar, rate and time left have their place at any width.
FORMAT = (
    "{desc}{percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} {rate_fmt} {remaining} "
    "left{postfix}"
)


class Bar(tqdm.tqdm):
    """Progress in a terminal; where there is none, a line now and then."""

    def __init__(self, name: str, step: int, last: int):
        short = name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 3]}..."
        self.name = f"{short} "
        super().__init__(
            total=last, initial=step, unit="step", disable=None,
            dynamic_ncols=True, bar_format=FORMAT,
        )  # fmt: skip
        self.first = self.step = step
        self.started = self.told = time.monotonic()

    def update(self, n: float | None = 1) -> bool | None:
        """Moves the bar by n steps."""
        self.step += int(n or 0)
        if self.disable and time.monotonic() - self.told > QUIET:
            self.line(self.pace())
        return super().update(n)

    def tell(self, step: int, values: Mapping[str, float]) -> None:
        """Shows scalars: in a terminal as many losses as there is room for."""
        if self.disable:
            self.line("  ".join(in_words(name, v) for name, v in values.items()))
            return
        losses = [name for name in values if name.endswith("loss")]
        first = [name for name in ("d_loss", "g_loss") if name in losses] or losses[:2]
        columns = self.ncols or 80
        self.desc = self.name if columns >= NARROW else ""
        self.set_postfix_str("", refresh=False)
        room = columns - len(str(self)) - len(", ")
        text = ""
        for name in first:
            longer = f"{text} {name} {values[name]:.3g}".strip()
            text = longer if len(longer) < room else text
        self.set_postfix_str(text)

    def line(self, text: str) -> None:
        """Writes a line about this step."""
        self.told = time.monotonic()
        self.write(f"step {self.step:,} of {self.total:,}  {text}", sys.stderr)

    def pace(self) -> str:
        """Says how fast it is, and how long the rest takes at this pace."""
        rate = (self.step - self.first) / (time.monotonic() - self.started)
        left = self.format_interval((self.total - self.step) / rate) if rate else "?"
        return f"{rate:.3g} steps/s, {left} left"


def in_words(name: str, value: float) -> str:
    """Returns a scalar as a log shows it."""
    if name == DATA_WAIT:
        return f"data {value:.1%}".replace("%", " %")
    return f"{name} {value:.4g}"


def header(
    run: runs.Run,
    settings: Settings,
    info: Info,
    model: GenerativeModel,
    config: Mapping[str, Any],
    step: int,
) -> list[str]:
    """Returns lines that say what is about to be trained, from which step on.

    `settings` have numbers as intervals, and `config` is the run's config.json.
    """
    steps, batch = config["steps"], settings.batch_size
    epochs = model.batches_before(steps) * batch / info.count
    changed = " ".join(f"{k}={v}" for k, v in settings.overrides.items())
    sizes = ", ".join(f"{name} {n:,}" for name, n in model.parameters.items())
    shape = "x".join(map(str, info.shape))
    gpus = config["environment"]["gpus"]
    cores = f"CPU, {config['environment']['cores']} cores"
    begins = f"from step {step:,} of {steps:,}" if step else f"{steps:,} steps"
    rows = {
        "run": f"{run.name}, in {run.directory}",
        "model": f"{settings.model}{f' with {changed}' if changed else ''}",
        "weights": sizes,
        "data": f"{info.dataset} {shape}, {info.count:,} examples, {info.directory}",
        "device": f"{', '.join(gpus) if gpus else cores}, {settings.precision}",
        "length": f"{begins} ({epochs:.3g} epochs of batches of {batch})",
        "keeps": f"a checkpoint every {settings.ckpt_step:,} steps, a picture every "
        f"{settings.sample_step:,}, a log line every {settings.log_step:,}",
    }
    lines = [f"{name:8} {text}" for name, text in rows.items()]
    return [*lines, "the first step is compiled now, which takes a while"]
