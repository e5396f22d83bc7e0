"""Two workers of one run, one of which is killed, stopped or never comes."""

from __future__ import annotations

import json
import random
import signal
import socket
import time
from collections.abc import Callable

import verdicts
from commands import Process, Result
from fixtures import Workshop
from trials import Broken, Case, Place, check_answered

CAMPAIGN = "multiworker"
STEPS = 400
SOON = 60  # seconds in which both workers end once one of them has
WHOLE = 180  # seconds in which both train
FLAGS = (
    "--strategy=multiworker", "--model=gan", "--dataset=digits", "--name=run",
    f"--steps={STEPS}", "--batch_size=8", "--set=g_width=0.05", "--set=d_width=0.05",
)  # fmt: skip
INTERVALS = ("--ckpt_step=50", "--log_step=20", "--sample_step=50")


def start(place: Place, *flags: str) -> list[Process]:
    """Starts two workers, the chief first."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{s.getsockname()[1]}" for s in sockets]
    for opened in sockets:
        opened.close()
    return [
        place.start("train.py", *FLAGS, *flags, environment=cluster(addresses, i))
        for i in range(2)
    ]


def cluster(addresses: list[str], index: int) -> dict[str, str]:
    """Returns the environment of a worker."""
    task = {"type": "worker", "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task})}


def end(place: Place, workers: list[Process], seconds: float) -> list[Result]:
    """Waits for workers, which have to end soon."""
    deadline = time.monotonic() + seconds
    return [place.wait(w, max(1, deadline - time.monotonic())) for w in workers]


def whole(workshop: Workshop, *flags: str) -> Callable:
    """Returns a trial: both workers train to the end."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("digits"))
        results = end(place, start(place, *flags), WHOLE)
        if any(result.code for result in results):
            raise Broken("a worker fails")
        if verdicts.checkpoints(place.summary / "run")[-1:] != [f"{STEPS:08d}"]:
            raise Broken("the last checkpoint is missing")

    return trial


def interrupted(workshop: Workshop, number: signal.Signals) -> Callable:
    """Returns a trial: a worker gets a signal; both end; the same commands go on."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("digits"))
        workers = start(place, *INTERVALS)
        wait_for_training(place, workers)
        time.sleep(rng.uniform(0, 0.5))
        chosen = rng.randrange(2)
        place.note(f"{number.name} to worker {chosen}")
        workers[chosen].send(number)
        if number == signal.SIGKILL:
            place.results.append(workers[chosen].wait())
            place.processes.remove(workers.pop(chosen))
        for result in end(place, workers, SOON):
            check_answered(result)
            if number == signal.SIGTERM and result.code:
                raise Broken(f"exit {result.code} after SIGTERM")

        if any(result.code for result in end(place, start(place, *INTERVALS), WHOLE)):
            raise Broken("the same commands do not go on")

    return trial


def wait_for_training(place: Place, workers: list[Process]) -> None:
    """Waits for the first checkpoint."""
    deadline = time.monotonic() + WHOLE
    while not verdicts.checkpoints(place.summary / "run"):
        if any(worker.ended() for worker in workers) or time.monotonic() > deadline:
            end(place, workers, 1)
            raise Broken("the workers do not train")
        time.sleep(0.05)


def alone(workshop: Workshop) -> Callable:
    """Returns a trial: a worker whose fellow never comes says so."""

    def trial(place: Place, rng: random.Random, seed: int) -> None:
        place.take(workshop.get("digits"))
        chosen = rng.randrange(2)
        workers = start(place)
        other = workers.pop(1 - chosen)
        other.send(signal.SIGKILL)
        place.results.append(other.wait())
        place.processes.remove(other)
        time.sleep(20)
        workers[0].send(signal.SIGTERM)
        (result,) = end(place, workers, SOON)
        if "127.0.0.1" not in result.out + result.err:
            raise Broken("does not say whom it waits for")

    return trial


def cases(workshop: Workshop) -> list[Case]:
    """Returns what befalls two workers."""
    trials = {
        "default intervals": whole(workshop),
        "short intervals": whole(workshop, *INTERVALS),
        "one killed": interrupted(workshop, signal.SIGKILL),
        "one stopped": interrupted(workshop, signal.SIGTERM),
        "one alone": alone(workshop),
    }
    return [
        Case(CAMPAIGN, "two workers", f"multiworker: {name}", trial)
        for name, trial in trials.items()
    ]
