"""Trains the studies that test the sources' findings, in the order of their file.

What was trained before is left as it is, and what was stopped goes on: each command is
a study of train.py. `--original` takes the sources' own budgets, which are work for a
GPU. Names of studies choose some of them.
"""

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from evaluation.findings import expectations  # noqa: E402

FINDINGS = ROOT / "docs" / "findings"


def chosen(file: Path, studies: Sequence[str]) -> list[expectations.Experiment]:
    """Returns the experiments of a file, or those that are named."""
    every = expectations.load(file).experiments
    return [one for one in every if not studies or one.study in studies]


def train(experiment: expectations.Experiment, original: bool) -> int:
    """Trains a study, or goes on with it; returns the exit status."""
    command = experiment.original if original else experiment.command
    print(f"{time.strftime('%F %T')} {command}", flush=True)
    words = shlex.split(command)
    return subprocess.run([sys.executable, *words[1:]], cwd=ROOT).returncode


def main() -> None:
    """Trains one study after the other; a failure does not stop the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="a file of docs/findings, such as mnist")
    parser.add_argument("studies", nargs="*")
    parser.add_argument("--original", action="store_true")
    args = parser.parse_args()

    failed = []
    for experiment in chosen(FINDINGS / f"{args.file}.toml", args.studies):
        if train(experiment, args.original):
            failed.append(experiment.study)
            print(f"{time.strftime('%F %T')} {experiment.study} failed", flush=True)
    if failed:
        sys.exit(f"error: these studies failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
