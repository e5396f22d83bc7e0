"""Workers of one run on several machines: they agree, and notice one that is gone.

TensorFlow's collectives match only if all workers run the same ones in the same order,
and wait for ever for a worker that is gone. So whatever a worker would decide for
itself, the chief or all of them decide; and a thread asks the others every other second
whether they are there, and else aborts the collectives.
"""

import contextlib
import functools
import os
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Sequence

import tensorflow as tf
from tensorflow.python.distribute import collective_all_reduce_strategy as collectives
from tensorflow.python.eager import context

from common.errors import UserError
from training import devices, tf_config

ASKED_EVERY = 1.5  # seconds
MISSES = 3  # in a row mean that a worker is gone: after 4.5 to 16.5 seconds
NOTICED_WITHIN = MISSES * (ASKED_EVERY + tf_config.ANSWER_WITHIN)
TOLD_EVERY = 30.0  # seconds, of workers that have not come yet


class LostError(UserError):
    """Other workers of the run are gone."""


class Workers:
    """The workers of a run, as one of them sees them; here it is the only one."""

    index = 0

    @property
    def chief(self) -> bool:
        """Whether this process saves and logs."""
        return self.index == 0

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Waits for the other workers, and watches them during the block."""
        yield

    @contextlib.contextmanager
    def whole(self, variables: Sequence[tf.Variable]) -> Iterator[None]:
        """Undoes what the block did to the variables if it raises LostError."""
        yield

    def anyone(self, flag: bool) -> bool:
        """Returns whether a worker says yes; all of them must ask."""
        return flag

    def of_chief(self, number: int) -> int:
        """Returns the chief's number; all workers must ask."""
        return number

    def check_alike(self, text: str) -> None:
        """Raises UserError unless all workers have the same text."""
        digest = zlib.crc32(text.encode())
        if self.anyone(self.of_chief(digest) != digest):
            raise UserError(
                "the workers differ in flags or dataset: give the same command on "
                "every worker, with the same dataset"
            )

    def leave(self) -> None:
        """Waits until all workers are done."""


class Cluster(Workers):
    """Several workers, of which this process is one.

    Raises:
        LostError: from every method, names the workers that are gone.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        workers: Sequence[tf_config.Worker],
        index: int,
    ):
        """`workers` are all of them, the chief first; `index` is this one's place."""
        self.workers, self.index = workers, index
        self.others = [w for place, w in enumerate(workers) if place != index]
        self.gone: list[tf_config.Worker] = []
        self.noticed, self.over = threading.Event(), threading.Event()

        add = functools.partial(strategy.reduce, tf.distribute.ReduceOp.SUM, axis=None)
        self.total = tf.function(add, autograph=False)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        self.gather()
        thread = threading.Thread(target=self.watch)
        thread.start()
        try:
            with self.noticing():
                yield
        except LostError:
            if len(self.others) > 1:  # who must not take this one for the one to blame
                time.sleep(NOTICED_WITHIN)
            raise
        finally:
            self.over.set()
            thread.join()

    def gather(self) -> None:
        """Waits until all workers answer; says now and then for whom it does."""
        missing = self.others
        tell_at = time.monotonic() + ASKED_EVERY
        while missing := [worker for worker in missing if not worker.answers()]:
            if time.monotonic() >= tell_at:
                tell_at = time.monotonic() + TOLD_EVERY
                own = self.workers[self.index]
                print(
                    f"{own} waits for {tf_config.listed(missing)}",
                    file=sys.stderr,
                    flush=True,
                )
            time.sleep(ASKED_EVERY / 3)

    def watch(self) -> None:
        """Asks the others until the end; if some are gone, aborts all collectives."""
        misses = dict.fromkeys(self.others, 0)
        while not self.over.wait(ASKED_EVERY):
            for worker in self.others:
                misses[worker] = 0 if worker.answers() else misses[worker] + 1
            self.gone = [worker for worker in self.others if misses[worker] >= MISSES]
            if self.gone:
                self.noticed.set()
                text = f"{tf_config.listed(self.gone)} gone"
                context.context().abort_collective_ops(tf.errors.UNAVAILABLE, text)
                return

    @contextlib.contextmanager
    def noticing(self) -> Iterator[None]:
        """Raises LostError where TensorFlow fails because other workers are gone."""
        try:
            yield
        except tf.errors.OpError as error:
            if not self.noticed.wait(NOTICED_WITHIN):
                raise
            verb = "is" if len(self.gone) == 1 else "are"
            raise LostError(f"{tf_config.listed(self.gone)} {verb} gone") from error

    @contextlib.contextmanager
    def whole(self, variables: Sequence[tf.Variable]) -> Iterator[None]:
        before = [v.read_value() for v in variables]  # copied when they are changed
        try:
            with self.noticing():
                yield
        except LostError:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            raise

    def add_up(self, number: int) -> int:
        """Returns the sum of all workers' numbers."""
        with self.noticing():
            return int(self.total(tf.constant(number, tf.int64)))

    def anyone(self, flag: bool) -> bool:
        return self.add_up(int(flag)) > 0

    def of_chief(self, number: int) -> int:
        return self.add_up(number if self.chief else 0)

    def leave(self) -> None:
        self.add_up(0)
        # The chief goes last: without it the others could not finish the sum.
        until = time.monotonic() + NOTICED_WITHIN
        while self.chief and time.monotonic() < until:
            if not any(worker.answers() for worker in self.others):
                break
            time.sleep(ASKED_EVERY / 3)


def start(name: str) -> tuple[tf.distribute.Strategy, Workers]:
    """Returns the strategy of a name, and this process among the workers of the run."""
    return join() if name == "multiworker" else (devices.strategy(name), Workers())


def join() -> tuple[tf.distribute.Strategy, Cluster]:
    """Makes this process the worker that TF_CONFIG says; waits for nobody yet.

    Must come before all other work of TensorFlow.

    Raises:
        UserError: TF_CONFIG is missing or wrong, or its port is in use.
    """
    workers, index = tf_config.read(os.environ.get("TF_CONFIG", ""))
    # TensorFlow's own ways to notice who is gone wait in silence, or end in a crash.
    context.context().configure_coordination_service(service_type="")
    collectives.CollectiveAllReduceExtended._enable_check_health = False
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        raise UserError(
            f"{workers[index]} cannot start ({error.message}): give it another port in "
            "TF_CONFIG, on every worker"
        ) from error
    return strategy, Cluster(strategy, workers, index)
