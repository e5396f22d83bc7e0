"""Runs as processes: how many at a time, and what becomes of those that fail."""

import contextlib
import json
import os
import pathlib
import signal
import threading
import time

import pytest

from common.errors import UserError
from training import runs
from training.study import processes

# In train.py's place: `act` says what it does; it counts its starts.
SCRIPT = (
    f"""
import sys
sys.path.insert(0, {str(pathlib.Path(__file__).parents[3])!r})
"""
    + """
import os, pathlib, signal, time
from training import signals
act, directory = sys.argv[1], pathlib.Path(sys.argv[2])
(directory / "starts").open("a").write("x")
def finish():
    (directory / "checkpoints" / "00000005").mkdir(parents=True)
if act == "finish":
    finish()
if act == "late":
    time.sleep(0.6)
    finish()
if act == "nan":
    line = '{"step": 3, "time": 1, "mark": "not finite", "cause": "d_loss is nan"}'
    (directory / "metrics.jsonl").write_text(line + chr(10))
    sys.exit(2)
if act == "fail":
    sys.exit("error: the disk is full")
if act == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if act == "wait":
    def stop(*_):
        (directory / "stopped").touch()
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
    (directory / "waiting").touch()
    time.sleep(60)
if act == "save":
    with signals.Interruption() as wished:
        (directory / "waiting").touch()
        while not wished:
            time.sleep(0.01)
        time.sleep(0.5)
        (directory / "stopped").touch()
"""
)


@pytest.fixture
def job(tmp_path, monkeypatch):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    monkeypatch.setattr(processes, "SCRIPT", script)
    monkeypatch.setattr(processes, "PAUSE", 0.02)

    def make(name, act):
        run = runs.Run(tmp_path, name)
        return processes.Job(run, 5, [act, str(run.directory)])

    return make


def starts(job):
    file = job.run.directory / "starts"
    return len(file.read_text()) if file.exists() else 0


def test_what_is_finished_is_not_trained_again(job):
    found = [job("a", "finish"), job("b", "finish")]
    assert processes.run(found, "study", 1)
    assert processes.run([job("a", "finish"), job("b", "finish")], "study", 1)
    assert [starts(j) for j in found] == [1, 1]


def test_numbers_that_are_not_finite_end_a_run_and_not_the_study(job):
    found = [job("a", "nan"), job("b", "finish")]
    assert processes.run(found, "study", 1)
    assert [j.outcome for j in found] == ["d_loss is nan", "finished"]
    assert processes.run([job("a", "nan")], "study", 1)
    assert starts(found[0]) == 1


def test_a_failure_is_told_and_the_others_are_stopped(job):
    waiting, failing = job("a", "wait"), job("b", "fail")
    with pytest.raises(
        UserError, match=r"run 'b' failed: the disk is full .*train\.log"
    ):
        processes.run([waiting, failing], "study", 2)
    assert waiting.process.poll() is not None


def test_a_run_that_is_killed_is_told_with_the_signal(job):
    with pytest.raises(UserError, match=r"run 'a' was killed by SIGKILL.*memory"):
        processes.run([job("a", "killed")], "study", 1)


@pytest.mark.parametrize(("at_once", "together"), [(1, False), (2, True)])
def test_so_many_run_side_by_side(job, at_once, together):
    found = [job("a", "late"), job("b", "late")]
    assert processes.run(found, "study", at_once)
    times = [(j.run.directory / "starts").stat().st_mtime for j in found]
    first_end = (found[0].run.directory / "checkpoints").stat().st_mtime
    assert (times[1] < first_end) == together


def test_a_signal_lets_the_runs_save(job):
    waiting = job("a", "wait")

    def interrupt():
        while not (waiting.run.directory / "waiting").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert not processes.run([waiting, job("b", "finish")], "study", 1)
    thread.join()
    assert (waiting.run.directory / "stopped").exists()


def test_ctrl_c_in_a_terminal_lets_the_runs_save(job):
    saving = job("a", "save")

    def interrupt():
        while not (saving.run.directory / "waiting").exists():
            time.sleep(0.01)
        # As a terminal does: to every process of the group.
        for process in (saving.process.pid, os.getpid()):
            if os.getpgid(process) == os.getpgid(0):
                os.kill(process, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert not processes.run([saving], "study", 1)
    thread.join()
    assert (saving.run.directory / "stopped").exists()


def test_a_run_left_by_a_killed_study_is_waited_for(job, monkeypatch):
    left, checkpoint = job("a", "finish"), job("a", "").run.checkpoint_directory
    ended = []
    # Signals come to the main thread alone.
    monkeypatch.setattr(processes.signals, "Interruption", contextlib.nullcontext)
    with left.run.locked():
        assert left.alive
        thread = threading.Thread(
            target=lambda: ended.append(processes.run([left], "s", 1))
        )
        thread.start()
        time.sleep(0.1)
        assert not ended
        (checkpoint / "00000005").mkdir(parents=True)
    thread.join()
    assert ended == [True]
    assert starts(left) == 0


def test_the_step_is_read_from_the_log(job):
    begun = job("a", "finish")
    assert begun.step == 0
    begun.run.directory.mkdir()
    lines = [{"step": 2, "time": 1}, {"step": 4, "time": 2}]
    begun.run.metrics_file.write_text("".join(json.dumps(x) + "\n" for x in lines))
    assert begun.step == 4
