"""TF_CONFIG: the workers of a run on several machines, and their addresses."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

from common.errors import UserError

JOBS = ("chief", "worker")  # the first of all tasks is the chief
ANSWER_WITHIN = 4.0  # seconds


@dataclasses.dataclass(frozen=True)
class Worker:
    """A task of TF_CONFIG's cluster."""

    job: str
    index: int
    address: str

    def __str__(self) -> str:
        return f"{self.job} {self.index} ({self.address})"

    def answers(self) -> bool:
        """Returns whether the process is there, and is the same as before."""
        task = f"/job:{self.job}/replica:0/task:{self.index}"
        try:
            context.context().check_collective_ops_peer_health(
                task, timeout_in_ms=int(1000 * ANSWER_WITHIN)
            )
        except tf.errors.OpError:
            return False
        return True


def read(text: str) -> tuple[list[Worker], int]:
    """Reads TF_CONFIG; returns all workers, the chief first, and this one's place."""
    try:
        config: Any = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        workers = [
            Worker(job, index, str(address))
            for job in JOBS
            for index, address in enumerate(cluster.get(job, []))
        ]
        places = [(worker.job, worker.index) for worker in workers]
        return workers, places.index((task["type"], int(task["index"])))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"--strategy multiworker needs TF_CONFIG, which is {text!r}: give it as "
            '{"cluster": {"worker": ["host:port", "host:port"]}, "task": {"type": '
            '"worker", "index": 0}}, with each worker\'s own index'
        ) from error


def listed(workers: Sequence[Worker]) -> str:
    """Returns workers' names and addresses, separated by commas."""
    return ", ".join(map(str, workers))
