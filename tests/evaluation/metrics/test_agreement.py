"""The same numbers as torch-fidelity's arithmetic on the same features."""

import importlib
import importlib.util
import os
import sys
import types
from unittest import mock

import numpy as np
import pytest

from evaluation.metrics import fid, inception_score, kid, precision_recall

# torch-fidelity imports it for datasets and networks; its arithmetic needs none of it,
# and there is no build that fits torch for CPUs.
UNUSED = "torchvision"
PARTS = ("", ".datasets", ".transforms", ".transforms.functional")


@pytest.fixture(scope="module")
def peer():
    """torch-fidelity's modules for the metrics, and torch."""
    for name in ("torch", "torch_fidelity"):
        if importlib.util.find_spec(name) is None:
            absent = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            absent(f"{name} is not installed")
    with pytest.MonkeyPatch.context() as patch:
        for part in PARTS:
            patch.setitem(sys.modules, UNUSED + part, mock.MagicMock())
        modules = {
            name: importlib.import_module(f"torch_fidelity.metric_{name}")
            for name in ("fid", "kid", "prc", "isc")
        }
    return types.SimpleNamespace(torch=importlib.import_module("torch"), **modules)


def features(count, dimensions, seed, dtype=np.float32):
    """As an extractor makes them: not negative, correlated, of many scales."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).standard_normal((20, dimensions)) / 4
    noise = rng.standard_normal((count, 20)) @ mixing
    noise += rng.gamma(1, 0.3, dimensions) * rng.standard_normal((count, dimensions))
    return np.abs(noise).astype(dtype)


SETS = [
    (600, 500, 64, np.float32),
    (600, 500, 64, np.float64),
    (60, 50, 256, np.float32),  # covariances of rank 59 and 49
]
KINDS = pytest.mark.parametrize(("real", "fake", "dimensions", "dtype"), SETS)


@KINDS
def test_frechet(peer, real, fake, dimensions, dtype):
    sets = features(real, dimensions, 1, dtype), features(fake, dimensions, 2, dtype)
    moments = map(fid.FeatureMoments.of, sets)
    statistics = [
        peer.fid.fid_features_to_statistics(peer.torch.from_numpy(x)) for x in sets
    ]
    theirs = peer.fid.fid_statistics_to_metric(*statistics, verbose=False)
    assert fid.frechet_distance(*moments) == pytest.approx(*theirs.values(), rel=1e-6)


@pytest.mark.parametrize(
    ("real", "fake", "dimensions", "size"),
    [(600, 500, 64, 100), (70, 50, 2048, 45), (70, 50, 2048, 50)],
)
def test_kernel(peer, real, fake, dimensions, size):
    """Theirs is told to compute in float64: its sums in float32 keep five digits."""
    sets = features(real, dimensions, 1), features(fake, dimensions, 2)
    theirs = peer.kid.kid_features_to_metric(
        *(peer.torch.from_numpy(x).double() for x in sets),
        kid_subsets=20,
        kid_subset_size=size,
        verbose=False,
    )
    ours = kid.kernel_distance(*sets, subsets=20, size=size)
    found = (ours.value, ours.error * np.sqrt(20))
    assert found == pytest.approx(tuple(theirs.values()), rel=1e-9)


def test_kernel_as_it_is_called(peer):
    """Its own number of subsets, their size, and their seed; theirs the size alone."""
    sets = features(70, 8, 1, np.float64), features(50, 8, 2, np.float64)
    theirs = peer.kid.kid_features_to_metric(
        *map(peer.torch.from_numpy, sets), kid_subset_size=50, verbose=False
    )
    ours = kid.kernel_distance(*sets)
    found = (ours.value, ours.error * np.sqrt(100))
    assert found == pytest.approx(tuple(theirs.values()), rel=1e-9)
    assert peer.kid.get_kwarg("kid_subset_size", {}) == 1000


@KINDS
def test_precision_and_recall(peer, real, fake, dimensions, dtype):
    sets = features(real, dimensions, 1, dtype), features(fake, dimensions, 2, dtype)
    generated_first = [peer.torch.from_numpy(x) for x in reversed(sets)]
    theirs = peer.prc.prc_features_to_metric(*generated_first, verbose=False)
    ours = precision_recall.prdc(*sets)
    assert ours.precision == pytest.approx(theirs["precision"], rel=1e-6)
    assert ours.recall == pytest.approx(theirs["recall"], rel=1e-6)
    assert 0 < ours.precision != ours.recall > 0


@pytest.mark.parametrize(("count", "splits"), [(503, 10), (40, 3)])
def test_inception_score(peer, count, splits):
    logits = 3 * features(count, 12, 1) * np.linspace(0, 1, 12, dtype=np.float32)
    theirs = peer.isc.isc_features_to_metric(peer.torch.from_numpy(logits), splits)
    ours = inception_score.inception_score(logits, splits)
    assert ours == pytest.approx(tuple(theirs.values()), rel=1e-6)
