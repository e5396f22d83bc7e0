import pytest

from datasets import tfrecord
from datasets.info import Info, Shard

COUNTS = (10, 0, 7, 14)


@pytest.fixture
def info(tmp_path):
    """31 examples in shards; example i has pixels i, label i and attribute i % 2."""
    directory = tmp_path / "data" / "x" / "4px"
    directory.mkdir(parents=True)
    layout = tfrecord.RecordLayout(4 * 4 * 3, classes=300, attributes=2)
    shards, first = [], 0
    for shard, count in enumerate(COUNTS):
        path = directory / f"x-{shard}.tfrecord"
        path.write_bytes(
            b"".join(
                layout.record(bytes([i]) * 48, 200 + i, bytes([i % 2, 1]))
                for i in range(first, first + count)
            )
        )
        first += count
        shards.append(Shard(path.name, count, tfrecord.crc32c(path)))
    return Info(
        "x", "all", sum(COUNTS), 0, (4, 4, 3), tuple(map(str, range(300))), ("a", "b"),
        "none", "antialias", 0, "", "", tuple(shards), directory,
    )  # fmt: skip
