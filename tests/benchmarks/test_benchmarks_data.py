"""The benchmarks' own data are the same each time, and what the project reads."""

import pytest

from benchmarks import synthetic
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch
from datasets.pipeline import loader, shard_check


@pytest.mark.parametrize(
    ("kind", "shape"), [("images", (8, 8, 3)), ("paired", (16, 16, 1))]
)
def test_the_noise_is_the_same_wherever_it_is_made(kind, shape, tmp_path):
    info, other = (
        synthetic.dataset(tmp_path / name, 200, shape, kind, classes=7) for name in "ab"
    )
    assert info.fingerprint == other.fingerprint
    shard_check.verify(info)
    batch = next(iter(loader.batches(info, 50, 0, reads=info.keys)))
    assert set(batch) == set(info.keys)
    assert batch[info.images[0]].shape == (50, *shape)


def test_noise_is_kept_until_another_count_is_asked_for(tmp_path):
    first = synthetic.dataset(tmp_path, 200, (8, 8, 3))
    shard = first.directory / first.shards[0].name
    before = shard.stat().st_mtime_ns
    assert synthetic.dataset(tmp_path, 200, (8, 8, 3)) == first
    assert shard.stat().st_mtime_ns == before
    assert synthetic.dataset(tmp_path, 100, (8, 8, 3)).count == 100


def test_the_jpegs_can_be_converted(tmp_path):
    path = synthetic.jpegs(tmp_path, 100, 24, 16)
    entry = catalogue.CATALOGUE["celeba"]
    fetch.fetch(entry, tmp_path / "data", path)
    options = converter.ConversionOptions(8, "square", workers=1)
    info = converter.convert(entry, tmp_path / "data", options)
    assert (info.count, info.skipped) == (100, 0)
