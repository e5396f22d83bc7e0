"""Progress: a bar in a terminal, and in a log a line every half minute."""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

import tqdm

QUIET = 30.0  # seconds without a line, at most, where there is no terminal


class Progress(tqdm.tqdm):
    """A tqdm bar that writes whole lines where there is no terminal.

    `desc` says what is counted, in words that a person understands.
    """

    monitor_interval = 0  # no thread: a step that takes longer tells after it

    def __init__(
        self,
        iterable: Iterable[Any] | None = None,
        desc: str = "",
        *,
        file: TextIO | None = None,
        **options: Any,
    ):
        stream = file or sys.stderr
        self.in_terminal = stream.isatty()
        pace: dict[str, Any] = {"dynamic_ncols": True}
        if not self.in_terminal:
            pace = {"mininterval": QUIET, "maxinterval": QUIET, "miniters": 1}
            pace |= {"delay": QUIET, "leave": False}
        super().__init__(iterable, desc, file=stream, **(options | pace))

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draws the bar, or writes the line."""
        if self.in_terminal:
            return super().display(msg, pos)
        if msg is not None:  # an empty one, to clear the bar
            return False
        total = f" of {self.total:,}" if self.total is not None else ""
        took = self.format_interval(self.format_dict["elapsed"])
        self.fp.write(f"{self.desc} {self.n:,}{total}, {took}\n")
        self.fp.flush()
        return True
