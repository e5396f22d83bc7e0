"""Where and how precisely a run computes."""

import os
import platform
from typing import Any

import keras
import tensorflow as tf


def find() -> None:
    """Has TensorFlow look for GPUs, which may print what its libraries think of it."""
    tf.config.list_physical_devices()


def strategy(name: str) -> tf.distribute.Strategy:
    """Returns one device, or all devices of this machine."""
    gpus = tf.config.list_logical_devices("GPU")
    if name == "mirrored" or (name == "auto" and len(gpus) > 1):
        devices = gpus or tf.config.list_logical_devices("CPU")
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


def environment(jit_compile: bool) -> dict[str, Any]:
    """Returns what the bits of a run depend on besides its configuration."""
    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(d) for d in devices]
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "processor": platform.machine(),
        "gpus": [d.get("device_name", "GPU") for d in details],
        "cores": len(os.sched_getaffinity(0)),
        "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
        "jit_compile": jit_compile,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0",
    }
