"""Seconds that the four scripts take to say --help, and train.py to its first step.

python benchmarks/start.py --width 0.25

Every figure is of a process that is started anew, in turns; medians count. A training's
first step is over when its first line stands in metrics.jsonl, which is looked at every
few milliseconds; its second step is the time between the first two lines, and what
would be left of a start in which nothing is traced.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import reporting
import synthetic

ROOT = Path(__file__).parents[1]
SCRIPTS = ("train.py", "download.py", "convert.py", "eval.py")
PYTHON = "python -c pass"
IMPORTS = {
    "import tensorflow": "import tensorflow",
    "import tensorflow, keras": "import tensorflow, keras",
    "and one operation": "import tensorflow as tf, keras; tf.eye(2) @ tf.eye(2)",
}
REFERENCE = "import tensorflow, keras"
SHAPES = {"mnist": (28, 28, 1), "dcgan": (64, 64, 3)}  # of nets
LOOK = 0.005  # seconds between looks at metrics.jsonl
LONGEST = 600  # seconds until a training counts as stuck


def whole(*arguments: str | Path) -> float:
    """Seconds of a process from its start to its end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begin


class Training:
    """A training that is started anew by each call, and killed after two steps."""

    def __init__(self, directory: Path, args: argparse.Namespace, net: str):
        info = synthetic.dataset(directory, args.count, SHAPES[net])
        self.directory = directory
        self.second_steps: list[float] = []  # their seconds
        self.command = [
            sys.executable, str(ROOT / "train.py"), "--model=dcgan", "--name=run",
            f"--dataset={info.dataset}", f"--image_size={info.shape[0]}",
            f"--data_dir={directory}", f"--batch_size={args.batch_size}",
            f"--set=net={net}", f"--set=g_width={args.width}",
            f"--set=d_width={args.width}", "--steps=3", "--log_step=1",
            "--steps_per_call=1",
        ]  # fmt: skip

    def __call__(self) -> float:
        """Seconds from its start to the end of its first step."""
        summary = Path(tempfile.mkdtemp(dir=self.directory))
        metrics = summary / "run" / "metrics.jsonl"
        command = [*self.command, f"--summary_dir={summary}"]
        begin = time.perf_counter()
        with (
            tempfile.TemporaryFile("w+") as said,
            subprocess.Popen(command, stdout=said, stderr=said) as process,
        ):
            try:
                wait(metrics, 1, process, said)
                seconds = time.perf_counter() - begin
                one, two = wait(metrics, 2, process, said)[:2]
            finally:
                process.kill()
        self.second_steps.append(two["time"] - one["time"])
        return seconds


def wait(
    file: Path, count: int, process: subprocess.Popen, said: IO[str]
) -> list[dict[str, float]]:
    """The whole lines of a file, as soon as there are `count`."""
    end = time.perf_counter() + LONGEST
    while True:
        whole_lines = file.read_text().split("\n")[:-1] if file.exists() else []
        if len(whole_lines) >= count:
            return [json.loads(line) for line in whole_lines]
        if process.poll() is not None or time.perf_counter() > end:
            said.seek(0)
            raise RuntimeError(f"{process.args} made no step {count}: {said.read()}")
        time.sleep(LOOK)


def helps(rounds: int) -> None:
    """The table of --help."""
    ways = {name: functools.partial(whole, ROOT / name, "--help") for name in SCRIPTS}
    ways[PYTHON] = functools.partial(whole, "-c", "pass")
    for way in ways.values():
        way()
    found = reporting.in_turns(ways, rounds)
    columns = "script", f"--help / {PYTHON}", "--help, s", "slowest, s", f"{PYTHON}, s"
    table = reporting.Table("start-help", "Seconds to --help", columns)
    for name in SCRIPTS:
        table.row(
            name,
            f"{reporting.ratio(found[name], found[PYTHON]):.2f}",
            f"{statistics.median(found[name]):.3f}",
            f"{max(found[name]):.3f}",
            f"{statistics.median(found[PYTHON]):.3f}",
        )
    table.save()


def firsts(directory: Path, args: argparse.Namespace) -> None:
    """The table of first steps."""
    ways = {
        name: functools.partial(whole, "-c", text) for name, text in IMPORTS.items()
    }
    trained = {
        f"train.py to step 1, net {net}, {shape[0]} px": Training(directory, args, net)
        for net, shape in SHAPES.items()
    }
    for way in (ways | trained).values():
        way()  # brings files into the page cache
    for training in trained.values():
        training.second_steps.clear()
    found = reporting.in_turns(ways | trained, args.rounds)
    columns = "process", f"time / {REFERENCE}", "s", "more, s", "second step, s"
    title = f"Seconds to the first step, width {args.width}, batch {args.batch_size}"
    table = reporting.Table("start-first-step", title, columns)
    for name, seconds in found.items():
        pairs = zip(seconds, found[REFERENCE], strict=True)
        second = trained[name].second_steps if name in trained else None
        table.row(
            name,
            f"{reporting.ratio(seconds, found[REFERENCE]):.2f}",
            f"{statistics.median(seconds):.2f}",
            f"{statistics.median(a - b for a, b in pairs):.2f}",
            f"{statistics.median(second):.3f}" if second else "",
        )
    table.save()


def main() -> None:
    """Prints and saves both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=float, default=0.25, help="of G and D")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--count", type=int, default=1024, help="images in the dataset")
    parser.add_argument("--rounds", type=int, default=5, help="processes of each")
    args = parser.parse_args()
    helps(args.rounds)
    with tempfile.TemporaryDirectory() as directory:
        firsts(Path(directory), args)


if __name__ == "__main__":
    main()
