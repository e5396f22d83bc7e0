"""The GPUs of this machine, and which of them a process sees; loads no TensorFlow.

NVML, the library behind nvidia-smi, describes them, and CUDA_VISIBLE_DEVICES says
which ones a process sees. A GPU's number is the one that nvidia-smi shows.
"""

import ctypes
import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

from absl import logging

from common.errors import UserError
from training.study import request

AUTO, ALL, NONE = "auto", "all", "none"
ON_ALL = ("mirrored", "multiworker")  # strategies that are for all devices
VISIBLE = "CUDA_VISIBLE_DEVICES"
LIBRARY = "libnvidia-ml.so.1"  # NVML, which every NVIDIA driver has
NEARLY = 0.9  # of the most free memory counts as much as all of it


@dataclasses.dataclass(frozen=True)
class Gpu:
    """A GPU as NVML describes it at this moment."""

    index: int
    uuid: str
    name: str
    free: int  # bytes of memory
    load: int  # per cent
    processes: int  # that compute on it

    def __str__(self) -> str:
        return f"{self.index} ({self.name})"

    def is_called(self, text: str) -> bool:
        """Returns whether CUDA_VISIBLE_DEVICES may mean it: a number or a UUID."""
        unique = text.startswith("GPU-") and self.uuid.startswith(text)
        return unique or text == str(self.index)


def nvml() -> Any:
    """Imports the module that asks NVML; returns None where no driver is installed."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    import pynvml

    return pynvml


def present() -> list[Gpu]:
    """Returns all GPUs of this machine; where they cannot be asked for, none."""
    try:
        module = nvml()
    except ImportError as error:
        logging.log_first_n(logging.WARNING, "no GPU is chosen: %s", 1, error)
        return []
    if module is None:
        return []
    try:
        module.nvmlInit()
        handles = [
            allowed(module, module.nvmlDeviceGetHandleByIndex, number)
            for number in range(module.nvmlDeviceGetCount())
        ]
        usable = [handle for handle in handles if handle is not None]
        return [described(module, k, handle) for k, handle in enumerate(usable)]
    except module.NVMLError as error:
        logging.log_first_n(logging.WARNING, "no GPU is chosen: NVML: %s", 1, error)
        return []


def allowed(module: Any, question: Any, subject: Any) -> Any:
    """Returns NVML's answer, or None where a GPU has none or may not be asked."""
    try:
        return question(subject)
    except module.NVMLError:
        return None


def described(module: Any, index: int, handle: Any) -> Gpu:
    """Returns what NVML says of a GPU."""
    memory = allowed(module, module.nvmlDeviceGetMemoryInfo, handle)
    rates = allowed(module, module.nvmlDeviceGetUtilizationRates, handle)
    processes = allowed(module, module.nvmlDeviceGetComputeRunningProcesses, handle)
    return Gpu(
        index,
        module.nvmlDeviceGetUUID(handle),
        module.nvmlDeviceGetName(handle),
        memory.free if memory else 0,
        rates.gpu if rates else 0,
        len(processes or []),
    )


def visible() -> list[Gpu]:
    """Returns the GPUs that CUDA_VISIBLE_DEVICES leaves, in its order.

    As CUDA reads it: what follows a name of no GPU does not count. Parts of GPUs (MIG)
    are not known here.
    """
    text = os.environ.get(VISIBLE)
    if text is None:
        return present()
    gpus = present() if text else []
    found: list[Gpu] = []
    for name in text.split(","):
        matching = [gpu for gpu in gpus if gpu.is_called(name.strip())]
        if len(matching) != 1:
            break
        found += matching
    return found


def take(flags: Mapping[str, Any]) -> None:
    """Has this process see the GPUs that the flags say; must come before TensorFlow.

    A study sees all those that its runs share. Where no GPU is known, TensorFlow takes
    what it finds.

    Raises:
        UserError: there is no such GPU; names those that there are.
    """
    everything = request.wanted(flags) or flags.get("strategy") in ON_ALL
    text = flags.get("gpus", ALL if everything else AUTO)
    if text == NONE:
        os.environ[VISIBLE] = ""
        return
    if request.wanted(flags) and text == AUTO:
        text = ALL
    if chosen := choose(text, visible()):
        os.environ[VISIBLE] = names(chosen)


def choose(text: str, among: Sequence[Gpu]) -> list[Gpu]:
    """Returns the GPUs that a --gpus of all, auto, or numbers such as 0,2 means."""
    if text == ALL:
        return list(among)
    if text == AUTO:
        return ranked(among)[:1]
    known = {str(gpu.index): gpu for gpu in among}
    numbers = [number.strip() for number in text.split(",")]
    if not known.keys() >= set(numbers):
        limit = os.environ.get(VISIBLE)
        where = "here" if limit is None else f"in {VISIBLE}={limit}"
        there = ", ".join(map(str, among)) or "none"
        raise UserError(
            f"--gpus {text!r} is wrong: it takes auto, all, none, or numbers such as "
            f"0 or 0,2 of the GPUs {where}: {there}"
        )
    return [known[number] for number in dict.fromkeys(numbers)]


def ranked(among: Sequence[Gpu]) -> list[Gpu]:
    """Returns GPUs, those first that have the most memory free and the least to do.

    Of those with nearly the most free memory, the one of the lowest load is first.
    """
    left, order = list(among), []
    while left:
        most = max(gpu.free for gpu in left)
        nearly = [gpu for gpu in left if gpu.free >= NEARLY * most]
        best = min(nearly, key=lambda gpu: (gpu.load, gpu.processes, gpu.index))
        left.remove(best)
        order.append(best)
    return order


def names(gpus: Sequence[Gpu]) -> str:
    """Returns the value of CUDA_VISIBLE_DEVICES that shows these GPUs alone.

    By UUID, because CUDA may number them in another order than nvidia-smi.
    """
    return ",".join(gpu.uuid for gpu in gpus)
