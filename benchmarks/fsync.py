"""What it costs a training that its files are on the disk before they get their names.

python benchmarks/fsync.py

Trains on the digits by train.py with its default intervals, in turns with fsync and
with one that does nothing, each in a process of its own. Beside the ratio of the two,
which a busy machine moves by more than fsync does, stands what fsync took: the seconds
that the training waited in it, and those that the thread of the checkpoints did. Both
are shares of the seconds from the end of the first steps to the end of the run.
"""

import argparse
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import reporting

    from training import loop

ROOT = Path(__file__).parents[1]
CASES = (("dcgan", 0.25, 1_000), ("dcgan", 1.0, 300), ("gan", 1.0, 10_000))


class Cost(NamedTuple):
    """What a training took."""

    seconds: float  # after its first steps
    calls: int  # of fsync
    waited: float  # seconds that the training waited in it
    beside: float  # seconds that the checkpoints' thread waited in it
    checkpoints: int


def trained(case: tuple[str, float, int], synced: bool, data: str) -> Cost:
    """Runs train.py in this process."""
    model, width, steps = case
    took: dict[bool, list[float]] = {True: [], False: []}
    started: list[float] = []
    fsync, advance = os.fsync, loop.Loop.advance

    def timed(descriptor: int) -> None:
        begin = time.monotonic()
        if synced:
            fsync(descriptor)
        main = threading.current_thread() is threading.main_thread()
        took[main].append(time.monotonic() - begin)

    def noted(self, *args, **kwargs):
        result = advance(self, *args, **kwargs)
        if not started:
            started.append(time.monotonic())
            took[True].clear()
        return result

    os.fsync, loop.Loop.advance = timed, noted  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory(dir=data) as summary:
        widths = [f"--set=g_width={width}", f"--set=d_width={width}"]
        sys.argv = [
            *("train.py", f"--model={model}", "--dataset=digits", "--image_size=28"),
            *("--name=run", f"--steps={steps}", "--batch_size=64", *widths),
            *(f"--data_dir={data}", f"--summary_dir={summary}"),
        ]
        try:
            runpy.run_path(str(ROOT / "train.py"), run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise
        seconds = time.monotonic() - started[0]
        kept = len(list(Path(summary, "run", "checkpoints").iterdir()))
    waits = took[True] + took[False]
    return Cost(seconds, len(waits), sum(took[True]), sum(took[False]), kept)


def main() -> None:
    """Measures every case and writes the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="on the disk to measure")
    given = parser.parse_args()
    table = reporting.Table(
        "fsync",
        "What fsync costs a training",
        [
            "model",
            "steps",
            "checkpoints",
            "calls",
            "the training waits",
            "its thread waits",
            "time with / without (all rounds)",
        ],
    )
    with tempfile.TemporaryDirectory(dir=given.folder) as data:
        for script in (["download.py"], ["convert.py", "--image_size=28"]):
            script = [script[0], "digits", f"--data_dir={data}", *script[1:]]
            subprocess.run([sys.executable, *script], cwd=ROOT, check=True)
        for case in CASES:
            ways = {
                synced: lambda synced=synced, case=case: reporting.anew(
                    trained, case, synced, data
                )
                for synced in (True, False)
            }
            found = reporting.in_turns(ways, given.rounds)
            one = max(found[True], key=lambda cost: cost.waited / cost.seconds)
            seconds = {way: [c.seconds for c in costs] for way, costs in found.items()}
            model, width, steps = case
            table.row(
                model if width == 1 else f"{model}, width {width:g}",
                f"{steps:,}",
                one.checkpoints,
                one.calls,
                f"{one.waited / one.seconds:.2%}",
                f"{one.beside / one.seconds:.2%}",
                reporting.spread(seconds[True], seconds[False]),
            )
    table.note(f"Waits are those of the worst of {given.rounds} rounds.")
    table.save()


if __name__ == "__main__":
    main()
