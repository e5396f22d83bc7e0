"""Whether what commands leave behind is what it should be."""

from __future__ import annotations

import json
import math
import pathlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from trials import Broken

TIMES = {"time", "images_per_second", "data_wait"}


def check_same_run(
    run: pathlib.Path, reference: pathlib.Path, logs: bool = True
) -> None:
    """Checks that two runs are bit-equal: last checkpoint, steps kept, logged lines."""
    steps, expected = checkpoints(run), checkpoints(reference)
    if steps[-1:] != expected[-1:]:
        raise Broken(f"the checkpoints are {steps}, not {expected}")
    ours, theirs = state(run), state(reference)
    if ours.keys() != theirs.keys():
        raise Broken(f"other variables: {sorted(ours.keys() ^ theirs.keys())[:3]}")
    for name, value in ours.items():
        if not np.array_equal(value, theirs[name], equal_nan=value.dtype.kind == "f"):
            raise Broken(f"{name} differs from a run never stopped")
    if logs and logged(run) != logged(reference):
        raise Broken("metrics.jsonl differs from that of a run never stopped")


def checkpoints(run: pathlib.Path) -> list[str]:
    """Returns the names of a run's checkpoints."""
    return sorted(p.name for p in (run / "checkpoints").glob("[0-9]*"))


def state(run: pathlib.Path) -> dict[str, Any]:
    """Returns every variable of the last checkpoint."""
    last = run / "checkpoints" / checkpoints(run)[-1] / "state"
    reader = tf.train.load_checkpoint(str(last))
    names = reader.get_variable_to_shape_map()
    return {
        n: np.asarray(reader.get_tensor(n)) for n in names if "OBJECT_GRAPH" not in n
    }


def logged(run: pathlib.Path) -> list[dict[str, Any]]:
    """Returns the lines of metrics.jsonl, apart from times."""
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [
        {key: value for key, value in json.loads(line).items() if key not in TIMES}
        for line in lines
    ]


def check_same_data(
    directory: pathlib.Path, reference: pathlib.Path, pattern: str = "*"
) -> None:
    """Checks that two folders have the same files, but for hidden ones and caches."""
    ours, theirs = visible(directory, pattern), visible(reference, pattern)
    if ours.keys() != theirs.keys():
        raise Broken(f"other files: {sorted(ours.keys() ^ theirs.keys())[:3]}")
    for name, content in ours.items():
        if content != theirs[name]:
            raise Broken(f"{name} differs from that of a command never stopped")


def visible(directory: pathlib.Path, pattern: str = "*") -> dict[str, bytes]:
    """Returns the content of the files below a folder that are no caches."""
    return {
        str(path.relative_to(directory)): comparable(path)
        for path in directory.rglob(pattern)
        if path.is_file() and not hidden(path) and not incomparable(path)
    }


def comparable(path: pathlib.Path) -> bytes:
    """Returns a file's content, without the stamp of the raw files that has times."""
    content = path.read_bytes()
    if path.name != "info.json":
        return content
    info = json.loads(content)
    info.pop("raw", None)
    return json.dumps(info).encode()


def incomparable(path: pathlib.Path) -> bool:
    """Returns whether a file is a cache, or has the path that files came from."""
    return path.suffix == ".npz" or path.name == "origin.json"


def check_same_numbers(measured: pathlib.Path, reference: pathlib.Path) -> None:
    """Checks that metrics.json has the reference's numbers under each certificate."""
    ours, theirs = numbers(measured), numbers(reference)
    if not ours.keys() & theirs.keys():
        raise Broken("no number was measured under the certificate of before")
    for key in ours.keys() & theirs.keys():
        if not equal(ours[key], theirs[key]):
            raise Broken(f"other numbers under the same certificate: {key[:2]}")


def numbers(measured: pathlib.Path) -> dict[tuple[str, ...], Any]:
    """Returns what metrics.json has, by run, step (or "floor") and certificate."""
    found: dict[tuple[str, ...], Any] = {}
    for name, entry in json.loads((measured / "metrics.json").read_text()).items():
        if not isinstance(entry, dict) or "certificate" not in entry:
            continue
        for record in (entry, *entry.get("earlier", ())):
            certificate = json.dumps(record["certificate"], sort_keys=True)
            parts = record["steps"] | {"floor": record["floor"]}
            for step, values in parts.items():
                found[name, step, certificate] = values
    return found


def equal(one: Any, other: Any) -> bool:
    """Returns whether two JSON values are the same; floats to 1e-6, NaN like NaN."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6) or (one != one and other != other)
    return one == other


def check_same_pictures(assets: pathlib.Path, reference: pathlib.Path) -> None:
    """Checks that the samples of two runs are the same files."""
    check_same_data(assets / "samples", reference / "samples", "*.png")


def check_kept(before: dict[str, bytes], after: dict[str, bytes], code: int) -> None:
    """Checks that no file of the user's is lost; a refusal may only append to one."""
    for path, content in before.items():
        if hidden(pathlib.Path(path)):
            continue
        if path not in after:
            raise Broken(f"{path} is gone")
        if code == 2 and not after[path].startswith(content):
            raise Broken(f"{path} was changed by a command that was refused")


def check_no_leftovers(root: pathlib.Path) -> None:
    """Checks that no hidden files are left but locks."""
    left = [p for p in root.rglob(".*") if p.name not in (".lock",)]
    if left:
        raise Broken(f"left behind: {left[0].relative_to(root)}")


def hidden(path: pathlib.Path) -> bool:
    """Returns whether a path has a hidden part."""
    return any(part.startswith(".") for part in path.parts)


def check_examples(directory: pathlib.Path) -> None:
    """Checks that labels and images of a converted dataset are as info.json says."""
    info = json.loads((directory / "info.json").read_text())
    size = math.prod(info["shape"]) * np.dtype(info["dtype"]).itemsize
    count = 0
    for shard in info["shards"]:
        for example in examples(directory / shard["name"]):
            count += 1
            for key in info["images"]:
                if key in example and len(example[key].bytes_list.value[0]) != size:
                    raise Broken(f"{shard['name']} has an image of another size")
            for label in (
                example["label"].int64_list.value if "label" in example else ()
            ):
                if not 0 <= label < max(1, len(info["classes"])):
                    raise Broken(f"{shard['name']} has label {label}")
    if count != sum(shard["count"] for shard in info["shards"]):
        raise Broken(f"{count} examples where info.json has others")


def examples(shard: pathlib.Path) -> Iterator[Mapping[str, Any]]:
    """Yields the features of each record of a TFRecord file."""
    content = shard.read_bytes()
    position = 0
    while position < len(content):
        (length,) = struct.unpack_from("<Q", content, position)
        record = content[position + 12 : position + 12 + length]
        yield tf.train.Example.FromString(record).features.feature
        position += 16 + length
