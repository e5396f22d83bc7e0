"""Checks shards before they are read, each once per process."""

import functools
from pathlib import Path

from common.errors import UserError
from datasets import paths, tfrecord
from datasets.info import Info, Shard


class DamagedShardError(UserError):
    """A shard is not there, or not as convert.py wrote it."""


def verify(info: Info) -> None:
    """Raises DamagedShardError for the first shard that is missing or damaged."""
    for shard in info.shards:
        problem = damage(info, shard)
        if problem:
            raise DamagedShardError(
                f"{info.directory / shard.name} {problem}: run `python convert.py "
                f"{info.dataset} --image_size {info.shape[0]} "
                f"--renew{paths.flag(info.directory.parents[1])}`"
            )


def damage(info: Info, shard: Shard) -> str:
    """Says what is wrong with a shard; empty if it is as it was written."""
    path = info.directory / shard.name
    if not path.is_file():
        return "is missing"

    status = path.stat()
    size = shard.count * info.layout.stride
    if status.st_size != size:
        return f"has {status.st_size:,} bytes instead of {size:,}"
    if crc32c(path.resolve(), status.st_ino, status.st_mtime_ns) != shard.crc32c:
        return "is damaged (its CRC-32C is wrong)"
    return ""


@functools.cache
def crc32c(path: Path, inode: int, modified: int) -> int:
    """Returns the CRC-32C of a file, which is read anew once it has changed."""
    return tfrecord.crc32c(path)
