"""Seconds and memory of the metrics beside SciPy's and torch-fidelity's arithmetic.

python benchmarks/metrics.py --count 10000 --dimensions 2048

All take the same features, in turns, in processes that are started anew each time. The
time is without that of imports and of drawing the features, the memory is all that the
process had, features included. Medians count. torch-fidelity is left out where it or
torch is not installed.
"""

import argparse
import functools
import importlib
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import reporting
import scipy.linalg

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaluation.metrics import fid, kid, precision_recall

FACTORS = 200  # what features have in common: their covariance is not diagonal
FIDELITY = "torch-fidelity"
OURS = "ours"

Values = tuple[float, ...]


class Result(NamedTuple):
    """What came out of one process."""

    values: Values
    seconds: float
    peak: float  # GiB


def features(count: int, dimensions: int, seed: int) -> np.ndarray:
    """Float32 [n, d], not negative like Inception's; another mean for each seed."""
    shape = FACTORS, dimensions
    mixing = np.random.default_rng(0).standard_normal(shape, np.float32)
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((count, FACTORS), np.float32) @ mixing
    drawn *= FACTORS**-0.5
    drawn += rng.standard_normal((count, dimensions), np.float32)
    drawn += 0.1 * rng.standard_normal(dimensions, np.float32)
    return np.maximum(drawn, 0, out=drawn)


def our_fid(real: np.ndarray, fake: np.ndarray) -> Values:
    """By eigenvalues of a symmetric matrix."""
    return (
        fid.frechet_distance(fid.FeatureMoments.of(real), fid.FeatureMoments.of(fake)),
    )


def our_kid(real: np.ndarray, fake: np.ndarray) -> Values:
    """In float64."""
    return (kid.kernel_distance(real, fake).value,)


def our_manifold(real: np.ndarray, fake: np.ndarray) -> Values:
    """Precision, recall, density and coverage, in blocks."""
    return precision_recall.prdc(real, fake)


def our_all(real: np.ndarray, fake: np.ndarray) -> Values:
    """One after the other."""
    return our_fid(real, fake) + our_kid(real, fake) + our_manifold(real, fake)


def root_fid(real: np.ndarray, fake: np.ndarray) -> Values:
    """By a square root of the product of the covariances, which is not symmetric."""
    first, second = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    shift = real.mean(axis=0, dtype=float) - fake.mean(axis=0, dtype=float)
    root = scipy.linalg.sqrtm(first @ second).real
    return (float(shift @ shift + np.trace(first + second - 2 * root)),)


def their_fid(real: np.ndarray, fake: np.ndarray) -> Values:
    """By eigenvalues of the product, which is not symmetric."""
    torch, fid = fidelity("fid")
    sides = (fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (real, fake))
    return tuple(fid.fid_statistics_to_metric(*sides, verbose=False).values())


def their_kid(real: np.ndarray, fake: np.ndarray) -> Values:
    """In float32."""
    torch, kid = fidelity("kid")
    sides = map(torch.from_numpy, (real, fake))
    return tuple(kid.kid_features_to_metric(*sides, verbose=False).values())[:1]


def their_manifold(real: np.ndarray, fake: np.ndarray) -> Values:
    """Precision and recall alone; all distances at once, as is its default."""
    torch, prc = fidelity("prc")
    sides = map(torch.from_numpy, (fake, real))
    return tuple(prc.prc_features_to_metric(*sides, verbose=False).values())[:2]


def fidelity(name: str) -> tuple:
    """torch, and torch-fidelity's module for a metric.

    It imports torchvision, which its arithmetic does not need.
    """
    parts = ("", ".datasets", ".transforms", ".transforms.functional")
    stands = {f"torchvision{part}": mock.MagicMock() for part in parts}
    sys.modules.update(stands)
    names = "torch", f"torch_fidelity.metric_{name}"
    return tuple(map(importlib.import_module, names))


Way = Callable[[np.ndarray, np.ndarray], Values]
PEERS: dict[str, tuple[Way, dict[str, Way]]] = {
    "FID": (our_fid, {"scipy.linalg.sqrtm": root_fid, FIDELITY: their_fid}),
    "KID": (our_kid, {FIDELITY: their_kid}),
    "P/R/D/C": (our_manifold, {f"{FIDELITY}, P/R alone": their_manifold}),
    "all": (our_all, {}),
}


def measure(way: Way, count: int, dimensions: int) -> Result:
    """One result, in the process that calls it."""
    real, fake = (features(count, dimensions, seed) for seed in (1, 2))
    if way.__name__.startswith("their"):
        fidelity("fid")
    start = time.perf_counter()
    values = way(real, fake)
    seconds = time.perf_counter() - start
    return Result(values, seconds, reporting.peak() / reporting.GIB)


def cells(ours: list[Result], theirs: list[Result]) -> list[str]:
    """Of a row of the table; without a peer only one side has numbers."""
    found = []
    for k in (1, 2):  # seconds, peak
        pair = ([result[k] for result in side] for side in (ours, theirs))
        found.append(f"{reporting.ratio(*pair):.2f}" if theirs else "")
    for side in (ours, theirs):
        _, seconds, peaks = zip(*side, strict=True) if side else ((), (), ())
        found.append(f"{statistics.median(seconds):.1f}" if side else "")
        found.append(f"{statistics.median(peaks):.2f}" if side else "")
        values = side[0].values if side else ()
        found.append(", ".join(f"{value:.6g}" for value in values))
    return found


def main() -> None:
    """Prints and saves a row per metric and peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="of each set")
    parser.add_argument("--dimensions", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    sizes = args.count, args.dimensions
    installed = all(map(importlib.util.find_spec, ("torch", "torch_fidelity")))
    columns = [
        "metric", "peer", "seconds, ours / peer's", "memory, ours / peer's",
        "ours, s", "ours, GiB", "value", "peer, s", "peer, GiB", "value",
    ]  # fmt: skip
    title = f"Metrics of {args.count:,} features of {args.dimensions:,} dimensions"
    table = reporting.Table("metrics", title, columns)
    for what, (ours, peers) in PEERS.items():
        known = {k: p for k, p in peers.items() if installed or FIDELITY not in k}
        ways = {
            name: functools.partial(reporting.anew, measure, way, *sizes)
            for name, way in ({OURS: ours} | known).items()
        }
        results = reporting.in_turns(ways, args.rounds)
        for name in known or [""]:
            table.row(what, name, *cells(results[OURS], results.get(name, [])))
    table.save()


if __name__ == "__main__":
    main()
