"""Worker processes that need little memory and end when their parent does."""

import concurrent.futures
import contextlib
import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import process
from typing import Any, TypeVar

from common.errors import UserError

MAX_WORKERS = 16  # of 45 MB each: together they stay under 1 GiB
QUEUED = 2  # jobs per worker that wait or run, with their items in memory

Input = TypeVar("Input")
Output = TypeVar("Output")
ParallelMap = Callable[[Iterable[Any]], Iterator[Any]]  # from jobs to results


def default() -> int:
    """Returns the number of cores that this process may use, at most MAX_WORKERS."""
    if hasattr(os, "sched_getaffinity"):
        return min(MAX_WORKERS, len(os.sched_getaffinity(0)))
    return min(MAX_WORKERS, os.cpu_count() or 1)


@contextlib.contextmanager
def pool(function: Callable[[Input], Output], count: int) -> Iterator[ParallelMap]:
    """Starts processes, which load a function while the caller prepares its jobs.

    Yields a map from jobs to `function(job)` of each, in the order in which they end.
    The processes are spawned, not forked: the caller may have TensorFlow's threads. A
    single worker is this process.

    Raises:
        UserError: a worker was killed.
    """
    if count == 1:
        yield functools.partial(map, function)
        return

    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(
        count, context, watch_parent
    ) as executor:
        try:
            with held_back(signal.SIGINT):  # Ctrl-C is the parent's
                for _ in range(count):
                    executor.submit(callable, function)
            yield functools.partial(results, executor, function, QUEUED * count)
        except process.BrokenProcessPool as error:
            raise UserError(
                "a worker process was killed, perhaps for memory: run the same command "
                f"again, it continues; --workers {count // 2} takes less memory"
            ) from error
        finally:
            executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def held_back(number: signal.Signals) -> Iterator[None]:
    """Holds a signal back until the block ends; processes started in it ignore it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def results(
    executor: concurrent.futures.Executor,
    function: Callable[[Input], Output],
    queued: int,
    jobs: Iterable[Input],
) -> Iterator[Output]:
    """Yields `function(job)` of each job as it ends; at most `queued` wait or run."""
    pending: set[concurrent.futures.Future[Output]] = set()
    for job in jobs:
        if len(pending) >= queued:
            done, pending = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED
            )
            yield from (future.result() for future in done)
        pending.add(executor.submit(function, job))

    for future in concurrent.futures.as_completed(pending):
        yield future.result()


def watch_parent() -> None:
    """Makes a worker end when its parent has ended."""
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Waits for the end of the parent, then ends this process."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
