"""Processes that work on jobs."""

import signal

from datasets.conversion import workers


def deaf(_):
    """Whether this process does not hear Ctrl-C."""
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_ctrl_c_is_heard_by_the_parent_alone():
    with workers.pool(deaf, 2) as run:
        assert list(run(range(4))) == [True] * 4
        assert not deaf(None)


def test_one_worker_is_this_process_and_hears_it():
    with workers.pool(deaf, 1) as run:
        assert list(run(range(2))) == [False] * 2
