"""Jobs spread over processes, with little memory and no process left behind."""

import concurrent.futures
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import process
from typing import TypeVar

from errors import UserError

LIMIT = 16  # a worker takes 45 MB: all of them stay under 1 GiB
QUEUED = 2  # jobs per worker that wait or run: what they carry is in memory

Job = TypeVar("Job")
Result = TypeVar("Result")


def default() -> int:
    """As many workers as this process may use cores, within the memory limit."""
    if hasattr(os, "sched_getaffinity"):
        return min(LIMIT, len(os.sched_getaffinity(0)))
    return min(LIMIT, os.cpu_count() or 1)


def results(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Iterator[Result]:
    """Yields `function(job)` of each job as it gets done; one worker is this process.

    Processes are spawned, not forked: the caller may have loaded TensorFlow's threads.
    """
    if workers == 1:
        yield from map(function, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, start) as pool:
        pending: set[concurrent.futures.Future[Result]] = set()
        try:
            for job in jobs:
                if len(pending) >= QUEUED * workers:
                    done, pending = concurrent.futures.wait(
                        pending, return_when=concurrent.futures.FIRST_COMPLETED
                    )
                    yield from (future.result() for future in done)
                pending.add(pool.submit(function, job))
            for future in concurrent.futures.as_completed(pending):
                yield future.result()
        except process.BrokenProcessPool as error:
            raise UserError(
                "a worker process was killed, perhaps for memory: run the same command "
                f"again, it continues; --workers {workers // 2} takes less memory"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def start() -> None:
    """Sets up a worker: Ctrl-C is the parent's, and without the parent it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Ends this process when its parent was killed: nobody waits for its work."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
