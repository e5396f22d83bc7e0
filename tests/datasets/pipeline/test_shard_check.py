"""Nothing is read from a shard that is not as convert.py wrote it."""

import pytest

from datasets import tfrecord
from datasets.pipeline import loader, shard_check
from datasets.pipeline.mapped_examples import MappedExamples


@pytest.fixture
def checksums(monkeypatch):
    """The names of the files whose checksum was computed."""
    names = []
    compute = tfrecord.crc32c
    monkeypatch.setattr(
        tfrecord, "crc32c", lambda path: names.append(path.name) or compute(path)
    )
    return names


def flip(path):
    """Changes a byte and no length."""
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "is damaged": flip,
    r"has \d+ bytes instead of 840": lambda path: path.write_bytes(b"x" * 99),
    "is missing": lambda path: path.unlink(),
}
READERS = {
    "examples": MappedExamples,
    "batches": lambda info: loader.batches(info, 4, seed=0),
    "preview": lambda info: loader.preview(info, 4),
    "verify": shard_check.verify,
}


@pytest.mark.parametrize("problem", DAMAGES)
@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_shard_is_named_before_it_is_read(info, reader, problem):
    DAMAGES[problem](info.directory / "x-2.tfrecord")
    data_dir = info.directory.parents[1]
    remedy = f"convert.py x --image_size 4 --renew --data_dir {data_dir}"
    with pytest.raises(
        shard_check.DamagedShardError, match=rf"x-2\.tfrecord {problem}.*{remedy}"
    ):
        READERS[reader](info)


def test_a_shard_is_checked_once(info, checksums):
    for read in READERS.values():
        read(info)
    assert sorted(checksums) == [shard.name for shard in info.shards]


def test_a_shard_that_was_written_again_is_checked_again(info, checksums):
    shard_check.verify(info)
    path = info.directory / "x-2.tfrecord"
    content = path.read_bytes()
    path.unlink()
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").rename(path)
    shard_check.verify(info)
    assert checksums.count(path.name) == 2
    assert checksums.count("x-3.tfrecord") == 1
