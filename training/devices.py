"""Where and how precisely a run computes."""

import os
import platform
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from training import gpus


def find() -> None:
    """Has TensorFlow look for GPUs, of which it then takes memory as it needs it.

    It may print what its libraries think of that.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def strategy(name: str) -> tf.distribute.Strategy:
    """Returns one device, or all devices that this process sees."""
    found = tf.config.list_logical_devices("GPU")
    if name == "mirrored" or (name == "auto" and len(found) > 1):
        devices = found or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    return tf.distribute.get_strategy()


def jit_compile(xla: str) -> bool:
    """Returns whether XLA compiles the step; on a CPU it halves convolution speed."""
    if xla == "auto":
        return bool(tf.config.list_logical_devices("GPU"))
    return xla == "on"


def configure(precision: str, deterministic: bool) -> None:
    """Sets Keras's dtype policy and TensorFlow's op determinism for the process."""
    keras.config.set_dtype_policy(precision)
    if deterministic:
        tf.config.experimental.enable_op_determinism()


def use_threads(count: int) -> None:
    """Sets the CPU threads of TensorFlow; 0 means one for each core.

    A process in which TensorFlow has computed keeps those that it has.
    """
    threading = tf.config.threading
    if count == threading.get_intra_op_parallelism_threads():
        return
    try:
        threading.set_intra_op_parallelism_threads(count)
        threading.set_inter_op_parallelism_threads(count)
    except RuntimeError:
        return


def environment(jit_compile: bool) -> dict[str, Any]:
    """Returns what the bits of a run depend on besides its configuration."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "processor": platform.machine(),
        **hardware(),
        "jit_compile": jit_compile,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0",
    }


def hardware() -> dict[str, Any]:
    """Returns the GPUs that this process sees, or the cores and threads of its CPU."""
    found = tf.config.get_visible_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in found]
    known = gpus.visible() if found else []
    return {
        "gpus": [d.get("device_name", "GPU") for d in details],
        "gpu_indices": [gpu.index for gpu in known],
        "cores": len(os.sched_getaffinity(0)),
        "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
    }


def words(hardware: Mapping[str, Any]) -> str:
    """Says in words what `hardware` returns: each GPU with its number, or the CPU."""
    if names := hardware["gpus"]:
        numbers = hardware["gpu_indices"]
        if len(numbers) != len(names):
            return ", ".join(names)
        pairs = zip(numbers, names, strict=True)
        return ", ".join(f"GPU {number}: {name}" for number, name in pairs)
    cores, threads = hardware["cores"], hardware["intra_op_threads"]
    return f"CPU, {threads or cores} of {cores} cores"
