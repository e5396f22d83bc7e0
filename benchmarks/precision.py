"""Whether mixed precision (bfloat16) trains as float32 does.

python benchmarks/precision.py curves
python benchmarks/precision.py finite

`curves` trains models under several seeds in both precisions. A loss's distance is the
root mean square over time of the difference between the precisions' smoothed mean
curves, in standard deviations between float32's seeds (likewise over time). Between
groups of other seeds it would be about sqrt(2 / seeds); up to twice that, fixed before
any result was seen, a loss counts as trained alike. A seed has the same weights and
batches in both precisions, so that its curves begin together. Beside the distance
stand: how many divisions of all the curves into two such groups, the real one included,
have means as far apart; how often bfloat16's mean lies between the lowest and the
highest float32 seed; and how often a single bfloat16 seed lies between those of all
float32 seeds but one, beside how often the left out one does, which is always
(seeds - 2) / seeds: one of them is the lowest and one the highest.

`finite` trains every model at a small width in mixed precision until a loss or a weight
is no number, and again in float32 where that happened.
"""

import argparse
import dataclasses
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import matplotlib.figure
    import numpy as np
    import reporting
    import trainings

    import models
    from datasets.conversion import converter
    from models.base.latent import LatentModel

EXACT, MIXED = "float32", "mixed_bfloat16"
WINDOW = 15  # points of a curve that a smoothed one is the mean of
MOST = 2.0  # of the distance that chance gives
LOSSES = {
    "dcgan": ("d_loss", "d_loss_real", "d_loss_fake", "g_loss"),
    "wgan-gp": ("d_loss", "w_dist", "gp", "g_loss"),
}
NETS = {"wgan-gp": {"net": "dcgan"}}  # for the curves
POINTS = "ring8"
COLUMNS = (
    "loss",
    "distance / deviation",
    "at most",
    "divisions as far",
    "mean inside",
    f"seed inside, {EXACT} seed inside",
    "judged",
)
SHOWN = ("loss", "d_loss", "g_loss")
SIZES = {
    "curves": {"width": 1 / 4, "batch_size": 64, "steps": 1500},
    "finite": {"width": 1 / 8, "batch_size": 8, "steps": 2000},
}


def smoothed(runs: Sequence[trainings.Trained], loss: str) -> np.ndarray:
    """A loss's curves, [runs, points], each point the mean of a window."""
    raw = np.array([[logs[loss] for logs in run.logs] for run in runs])
    window = min(WINDOW, raw.shape[1])
    return np.lib.stride_tricks.sliding_window_view(raw, window, axis=1).mean(-1)


def inside(curves: np.ndarray, others: np.ndarray) -> float:
    """The share of curves' points between the lowest and the highest of the others."""
    return float(np.mean((others.min(0) <= curves) & (curves <= others.max(0))))


def divisions(exact: np.ndarray, mixed: np.ndarray) -> str:
    """How many divisions of the curves have means as far apart, of how many."""
    both, apart = np.concatenate([exact, mixed]), []
    for chosen in itertools.combinations(range(len(both)), len(exact)):
        rest = np.delete(both, chosen, axis=0).mean(0)
        apart.append(np.mean((both[[*chosen]].mean(0) - rest) ** 2))
    far = np.sum(np.array(apart) >= 0.999999 * apart[0])  # float32's come first
    twice = 2 if len(mixed) == len(exact) else 1  # equal groups are met twice
    return f"{far // twice} of {len(apart) // twice}"


def compared(exact: np.ndarray, mixed: np.ndarray) -> list[str]:
    """A loss's cells of the table; the last is the judgement."""
    difference, deviation = mixed.mean(0) - exact.mean(0), exact.std(0, ddof=1)
    distance = np.sqrt(np.mean(difference**2) / np.mean(deviation**2))
    limit = MOST * np.sqrt(1 / len(exact) + 1 / len(mixed))
    fewer = [np.delete(exact, i, axis=0) for i in range(len(exact))]
    single = np.mean([inside(mixed, others) for others in fewer])
    reference = np.mean([inside(x, y) for x, y in zip(exact, fewer, strict=True)])
    judgement = "alike" if distance <= limit else "apart"
    shares = f"{inside(mixed.mean(0), exact):.0%}", f"{single:.0%}, {reference:.0%}"
    numbers = f"{distance:.2f}", f"{limit:.2f}"
    return [*numbers, divisions(exact, mixed), *shares, judgement]


def draw(axes: Any, exact: np.ndarray, mixed: np.ndarray, title: str) -> None:
    """A panel: float32's mean and spread, bfloat16's mean and seeds."""
    steps = trainings.EVERY * (np.arange(exact.shape[1]) + (WINDOW + 1) / 2)
    axes.fill_between(steps, exact.min(0), exact.max(0), alpha=0.3, linewidth=0)
    axes.plot(steps, exact.mean(0), label=f"{EXACT}: mean, lowest to highest")
    axes.plot(steps, mixed.mean(0), "C1", label=f"{MIXED}: mean, each seed")
    axes.plot(steps, mixed.T, "C1", linewidth=0.5, alpha=0.6)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)


def curves(args: argparse.Namespace) -> None:
    """Trains in both precisions, draws the losses and judges them."""
    whole: dict[tuple[str, str], list[trainings.Trained]] = {}
    problems, worker = [], trainings.Worker()
    seeds = [int(seed) for seed in args.seeds.split(",")]
    for precision, seed, name in itertools.product((EXACT, MIXED), seeds, LOSSES):
        data, sizes = (args.dataset, args.data_dir), (args.width, args.batch_size)
        training = trainings.Training(
            name, precision, *data, *sizes, args.steps, seed, NETS.get(name, {})
        )
        found = worker.train(training)
        if found.problem:
            problems.append(f"{name}, {precision}, seed {seed}: {found.problem}")
        else:
            whole.setdefault((name, precision), []).append(found)
    worker.close()
    sizes = f"width {args.width}, batch {args.batch_size}, seeds {args.seeds}"
    title = f"{MIXED} against {EXACT}: {args.steps:,} steps of {args.dataset}, {sizes}"
    judge(whole, problems, title)


def judge(
    whole: dict[tuple[str, str], list[trainings.Trained]],
    problems: list[str],
    title: str,
) -> None:
    """The table, and beside it the picture, of trainings by model and precision."""
    table = reporting.Table("precision-curves", title, COLUMNS)
    figure = matplotlib.figure.Figure((12, 3 * len(LOSSES)), 80, layout="constrained")
    panels = figure.subplots(len(LOSSES), 4)
    for (name, losses), row in zip(LOSSES.items(), panels, strict=True):
        both = [whole.get((name, precision), []) for precision in (EXACT, MIXED)]
        if min(map(len, both)) < 2:
            problems.append(f"{name}: too few trainings were finished")
            continue
        for loss, axes in zip(losses, row, strict=True):
            pair = [smoothed(runs, loss) for runs in both]
            table.row(f"{name} {loss}", *compared(*pair))
            draw(axes, *pair, f"{name} {loss}")
    for problem in problems:
        table.note(problem)
    table.save()
    handles = panels[0][0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3)
    figure.savefig(reporting.folder() / "precision.png")


def small(args: argparse.Namespace) -> Iterator[trainings.Training]:
    """Every model on its kind of data, and on points if it takes them."""
    for name, cls in models.MODELS.items():
        latent = issubclass(cls, LatentModel)
        rows = args.batch_size if latent else args.pairs
        for data in (args.dataset, POINTS) if latent else (trainings.PAIRS,):
            sizes = args.width, rows, args.steps
            yield trainings.Training(name, MIXED, data, args.data_dir, *sizes)


def finite(args: argparse.Namespace) -> None:
    """Trains every model, and again in float32 where a number was none."""
    sizes = f"width {args.width}, batch {args.batch_size} ({args.pairs} pairs)"
    title = f"{args.steps:,} steps of every model, {sizes}"
    columns = "model", "data", "precision", "steps", "last losses", "result"
    table, worker = (
        reporting.Table("precision-finite", title, columns),
        trainings.Worker(),
    )
    for training in small(args):
        for precision in (MIXED, EXACT):
            found = worker.train(dataclasses.replace(training, precision=precision))
            last = found.logs[-1] if found.logs else {}
            losses = ", ".join(f"{k} {last[k]:.4g}" for k in SHOWN if k in last)
            result = found.problem or "no non-finite number"
            done = training.model, training.data, precision, f"{found.reached:,}"
            table.row(*done, losses, result)
            table.save()
            if not found.problem:
                break
    worker.close()


def main() -> None:
    """Reads which part, and its sizes."""
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=kind)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--dataset", default="mnist", help="digits: no download")
    parser.add_argument("--data_dir", type=Path, default=Path("data"))
    parser.add_argument("--width", type=float, help="of networks; 1/4, finite: 1/8")
    parser.add_argument("--batch_size", type=int, help="64, finite: 8")
    parser.add_argument("--steps", type=int, help="1,500, finite: 2,000")
    parser.add_argument("--seeds", default="0,1,2", help="of curves")
    parser.add_argument("--pairs", type=int, default=2, help="finite: pairs in a batch")
    args = parser.parse_args()
    for name, value in SIZES[args.part].items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    converter.ensure(args.dataset, None, args.data_dir)  # or says what is missing
    PARTS[args.part](args)


PARTS = {"curves": curves, "finite": finite}

if __name__ == "__main__":
    main()
