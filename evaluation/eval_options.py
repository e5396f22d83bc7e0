"""The flags of eval.py as one record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.measure.plans import MetricFlags

DIRECTORIES = ("data_dir", "summary_dir", "assets_dir")
OPTIONAL_PATHS = ("input", "output", "export", "inception")


@dataclasses.dataclass(frozen=True)
class EvalOptions:
    """What eval.py's flags choose; a field for each flag."""

    name: str = ""  # of a run or a study, or several runs: a,b; none: the newest
    step: str = "all"  # of latest, all or a number
    sample_size: int = 64  # images in a grid of samples
    real_row: bool = False  # a row of real images above samples
    scale: int = 1  # whole factor by which samples are enlarged
    interpolation: str = "spherical"
    frames: int = 60  # of latent.gif and codes/*.gif
    ema: bool = False  # draw with the generator's moving average
    statistics: str = ""  # that batch norm works on; empty: what the run says

    # A folder of images to translate, the folder that they go to, and from where to
    # where; none: the model's first direction.
    input: Path | None = None
    output: Path | None = None
    direction: str = ""

    # Asked of one run, instead of having everything drawn.
    arithmetic: str | None = None  # an expression
    neighbours: bool = False
    export: Path | None = None  # the folder to write the generator to

    # What is measured.
    extractor: str | None = None
    eval_samples: int | None = None
    inception: Path | None = None

    data_dir: Path = Path("data")  # where the real examples are
    summary_dir: Path = Path("summary")
    assets_dir: Path = Path("assets")

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> EvalOptions:
        """Reads flags by name; those that are None have their defaults."""
        values = {name: value for name, value in flags.items() if value is not None}
        for name in DIRECTORIES:
            values[name] = Path(values[name])
        for name in OPTIONAL_PATHS:
            path = values.pop(name, None)
            values[name] = Path(path) if path else None
        return cls(**values)

    @property
    def names(self) -> list[str]:
        """The runs or the study that are named, each once."""
        parts = [part.strip() for part in self.name.split(",")] if self.name else []
        return list(dict.fromkeys(parts))

    @property
    def metric_flags(self) -> MetricFlags:
        """The flags that choose metrics."""
        return MetricFlags(
            extractor=self.extractor,
            eval_samples=self.eval_samples,
            inception=self.inception,
        )

    @property
    def suits_study(self) -> bool:
        """Whether no flag asks for what a study's protocol decides, or has not."""
        places = {name: getattr(self, name) for name in ("name", *DIRECTORIES)}
        return self == EvalOptions(**places, inception=self.inception)

    @property
    def translates(self) -> bool:
        """Whether a folder of images should be translated."""
        return bool(self.input or self.output or self.direction)

    @property
    def asks(self) -> bool:
        """Whether one run is asked something, instead of having everything drawn."""
        return self.arithmetic is not None or self.neighbours or self.export is not None
