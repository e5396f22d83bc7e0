"""Trains, measures and tells what tests the sources' findings.

`train FILE` trains the studies of a file of docs/findings in their order. What was
trained before is left as it is, and what was stopped goes on. `--original` takes the
sources' own budgets, which are work for a GPU. `measure FILE` runs eval.py and keeps
what the rules read in assets/STUDY. `page` writes the verdicts to docs/findings.md.
"""

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from common import cli, files

with cli.quiet():
    from evaluation.findings import expectations, findings_page, keeping
    from evaluation.findings.expectations import Experiment

ROOT = Path(__file__).parents[1]
FINDINGS, PAGE = ROOT / "docs" / "findings", ROOT / "docs" / "findings.md"
SUMMARY, ASSETS = ROOT / "summary", ROOT / "assets"


def start(command: str) -> bool:
    """Runs a command of this project; returns whether it succeeded."""
    print(f"{time.strftime('%F %T')} {command}", flush=True)
    words = shlex.split(command)
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT)
    return done.returncode == 0


def train(experiment: Experiment, original: bool) -> bool:
    """Trains a study, or goes on with it; returns whether it is there now."""
    return start(experiment.original if original else experiment.command)


def measure(experiment: Experiment) -> bool:
    """Measures a study and keeps what rules read; one that is not there is left out."""
    name = experiment.study
    if not (SUMMARY / name).exists():
        return True
    if not start(f"python eval.py --name {name}"):
        return False
    keeping.keep(SUMMARY / name, ASSETS / name)
    return True


def write() -> None:
    """Writes the verdicts of all files to docs/findings.md."""
    campaigns = [expectations.load(file) for file in sorted(FINDINGS.glob("*.toml"))]
    text = findings_page.written(campaigns, ASSETS)
    files.write(PAGE, findings_page.insert(PAGE.read_text(), text))


def main() -> None:
    """Does what the first word says; a failure does not stop the other studies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["train", "measure", "page"])
    parser.add_argument("file", nargs="?", help="of docs/findings, such as mnist")
    parser.add_argument("studies", nargs="*", help="some of its studies")
    parser.add_argument("--original", action="store_true")
    args = parser.parse_args()
    if args.what == "page":
        write()
        return
    if not args.file:
        parser.error(f"{args.what} needs the name of a file of docs/findings")

    failed = []
    for experiment in expectations.load(FINDINGS / f"{args.file}.toml").experiments:
        if args.studies and experiment.study not in args.studies:
            continue
        trains = args.what == "train"
        if not (train(experiment, args.original) if trains else measure(experiment)):
            failed.append(experiment.study)
    if failed:
        sys.exit(f"error: these studies failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
