"""Jobs spread over processes, with little memory and no process left behind."""

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

LIMIT = 16  # a worker takes 45 MB: all of them stay under 1 GiB
QUEUED = 2  # jobs per worker that wait or run: what they carry is in memory

Job = TypeVar("Job")
Result = TypeVar("Result")
Run = Callable[[Iterable[Any]], Iterator[Any]]  # from jobs to results


def default() -> int:
    """As many workers as this process may use cores, within the memory limit."""
    if hasattr(os, "sched_getaffinity"):
        return min(LIMIT, len(os.sched_getaffinity(0)))
    return min(LIMIT, os.cpu_count() or 1)


@contextlib.contextmanager
def started(function: Callable[[Job], Result], count: int) -> Iterator[Run]:
    """Processes that load a function while the caller goes on to find its jobs.

    Gives what yields `function(job)` of each job as it gets done. They are spawned, not
    forked: the caller may have loaded TensorFlow's threads. One worker is this process.
    """
    if count == 1:
        yield functools.partial(map, function)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(count, context, start) as pool:
        try:
            with unheard(signal.SIGINT):  # Ctrl-C is the parent's
                for _ in range(count):
                    pool.submit(callable, function)
            yield functools.partial(results, pool, function, QUEUED * count)
        except process.BrokenProcessPool as error:
            raise UserError(
                "a worker process was killed, perhaps for memory: run the same command "
                f"again, it continues; --workers {count // 2} takes less memory"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def unheard(number: signal.Signals) -> Iterator[None]:
    """Puts a signal off to the block's end; processes started in it never hear it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def results(
    pool: concurrent.futures.Executor,
    function: Callable[[Job], Result],
    queued: int,
    jobs: Iterable[Job],
) -> Iterator[Result]:
    """Yields `function(job)` of each job as it gets done; so many wait or run."""
    pending: set[concurrent.futures.Future[Result]] = set()
    for job in jobs:
        if len(pending) >= queued:
            done, pending = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED
            )
            yield from (future.result() for future in done)
        pending.add(pool.submit(function, job))
    for future in concurrent.futures.as_completed(pending):
        yield future.result()


def start() -> None:
    """Sets up a worker: without its parent it ends."""
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Ends this process when its parent was killed: nobody waits for its work."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
