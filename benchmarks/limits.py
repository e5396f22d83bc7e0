"""The floor under a step's time: its multiplications over what the machine can do."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

SIDE = 2048  # of the square matrices; 17 GFLOP
CONVOLUTION = (16, 32, 128)  # images, their side, channels in and out; kernels are 3x3


def multiplications(step: Any) -> int:
    """FLOPs of the convolutions and matrix products of a traced step.

    A convolution counts every tap of every window, those on the border's zeros too.
    """
    return sum(flops(operation) for operation in needed(step.graph))


def needed(graph: Any) -> Iterator[Any]:
    """The operations that a function's results or side effects depend on."""
    waiting = [t.op for t in graph.outputs] + list(graph.control_outputs)
    found = set()
    while waiting:
        operation = waiting.pop()
        if operation not in found:
            found.add(operation)
            waiting += [t.op for t in operation.inputs]
            waiting += operation.control_inputs
            yield operation


def flops(operation: Any) -> int:
    """Twice the multiplications of one operation; 0 for all but products."""
    if operation.type in ("MatMul", "BatchMatMulV2"):
        first, out = operation.inputs[0].shape, operation.outputs[0].shape
        key = "transpose_a" if operation.type == "MatMul" else "adj_x"
        common = first[-2] if operation.get_attr(key) else first[-1]
        return 2 * out.num_elements() * common
    if operation.type == "Conv2D":
        kernel, out = operation.inputs[1], operation.outputs[0]
    elif operation.type == "Conv2DBackpropInput":
        kernel, out = operation.inputs[1:3]
    elif operation.type == "Conv2DBackpropFilter":
        kernel, out = operation.outputs[0], operation.inputs[2]
    else:
        return 0
    return 2 * out.shape.num_elements() * kernel.shape[:3].num_elements()


def machine_rate(dtype: str) -> Callable[[], float]:
    """FLOP/s of the quicker of a large matrix product and a large convolution."""
    images, side, channels = CONVOLUTION
    a = tf.cast(tf.random.normal((SIDE, SIDE)), dtype)
    x = tf.cast(tf.random.normal((images, side, side, channels)), dtype)
    kernel = tf.cast(tf.random.normal((3, 3, channels, channels)), dtype)
    works = {
        tf.function(lambda: tf.matmul(a, a)): 2 * SIDE**3,
        tf.function(lambda: tf.nn.conv2d(x, kernel, 1, "SAME")): (
            2 * images * side**2 * 9 * channels**2
        ),
    }

    def rate() -> float:
        rates = []
        for work, count in works.items():
            work()
            for _ in range(5):
                start = time.perf_counter()
                tf.reduce_sum(work()[..., :1]).numpy()  # waits for it
                rates.append(count / (time.perf_counter() - start))
        return max(rates)

    rate()
    return rate
