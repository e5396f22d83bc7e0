"""Where a training step's time goes: a tf.profiler trace of each case, by operation.

python benchmarks/profile_step.py --cases "dcgan 64" --trace_dir DIR

Shares are of the time of all operations together, of which several run at once. With
--trace_dir the traces stay, for TensorBoard's profile plugin.
"""

import argparse
import collections
import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common import cli

with cli.quiet():
    import loops
    import reporting
    import step
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    import models

STEPS = 5
OPERATION = re.compile(r"[^:]+:(\w+)(#.*)?")  # name:type, as the CPU's tracer has it
KINDS = {
    "convolutions": "Conv2D",
    "matrix products": "MatMul",
    "batch norm": "BatchNorm",
    "optimizers": "ResourceApply",
}
MOVES = re.compile(r"Gather|Concat|Pad|Slice|Tile|Transpose|Split|Reshape|Pack")


def kind(operation: str) -> str:
    """What an operation is for."""
    found = next((k for k, part in KINDS.items() if part in operation), None)
    return found or ("moving data" if MOVES.search(operation) else "element by element")


def traced(case: step.Case, directory: Path) -> collections.Counter:
    """Milliseconds of each kind of operation in a step."""
    widths = {"g_width": case.width, "d_width": case.width}
    shape = case.side, case.side, case.channels
    model = models.create(case.model, shape, 0, **widths)
    batch = {key: tf.zeros((case.batch, *shape), tf.uint8) for key in model.reads}
    data = tf.data.Dataset.from_tensors(batch).repeat()
    bare = step.ours(loops.prepared(model, data))["bare"]
    bare(2)
    with tf.profiler.experimental.Profile(str(directory)):
        bare(STEPS)
    return times(next(directory.rglob("*.xplane.pb")))


def times(trace: Path) -> collections.Counter:
    """Milliseconds of each kind of operation in a step of a trace."""
    space = xplane_pb2.XSpace.FromString(trace.read_bytes())
    found: collections.Counter = collections.Counter()
    for plane in space.planes:
        names = {key: value.name for key, value in plane.event_metadata.items()}
        for event in (event for line in plane.lines for event in line.events):
            operation = OPERATION.fullmatch(names[event.metadata_id])
            if operation:
                found[kind(operation[1])] += event.duration_ps / 1e9 / STEPS
    return found


def main() -> None:
    """Prints a line per case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", help=f"of {'; '.join(step.CASES)}; default: all")
    parser.add_argument("--trace_dir", type=Path, help="where the traces stay")
    args = parser.parse_args()
    names = args.cases.split("; ") if args.cases else list(step.CASES)
    kinds = [*KINDS, "moving data", "element by element"]
    table = reporting.Table(
        "step-profile", "Where a step's time goes", ["case", *kinds, "all, ms"]
    )
    for name in names:
        with tempfile.TemporaryDirectory() as directory:
            kept = args.trace_dir / name.replace(" ", "-") if args.trace_dir else None
            case, where = step.CASES[name], kept or Path(directory)
            found = reporting.anew(traced, case, where)
        total = sum(found.values())
        table.row(name, *(f"{found[k] / total:.0%}" for k in kinds), f"{total:.0f}")
    table.save()


if __name__ == "__main__":
    main()
