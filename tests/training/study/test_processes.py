"""Runs as processes: how many at a time, and what becomes of those that fail."""

import contextlib
import json
import os
import pathlib
import signal
import threading
import time

import pytest
from fake_nvml import FakeNvml, uuid
from run_config import CONFIG

from common.errors import UserError
from training import gpus, runs
from training.study import places, processes

CPU = [places.Place()]

# In train.py's place: `act` says what it does; it counts its starts.
SCRIPT = (
    f"""
import sys
sys.path.insert(0, {str(pathlib.Path(__file__).parents[3])!r})
"""
    + """
import json, os, pathlib, signal, time
from training import signals
act, directory = sys.argv[1], pathlib.Path(sys.argv[2])
told = [os.environ.get("CUDA_VISIBLE_DEVICES"), sys.argv[3:], time.time()]
(directory / "told").write_text(json.dumps(told))
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


@pytest.fixture
def four_gpus(monkeypatch):
    monkeypatch.setattr(gpus, "nvml", FakeNvml)
    monkeypatch.delenv(gpus.VISIBLE, raising=False)


def starts(job):
    file = job.run.directory / "starts"
    return len(file.read_text()) if file.exists() else 0


def test_what_is_finished_is_not_trained_again(job):
    found = [job("a", "finish"), job("b", "finish")]
    assert processes.run(found, "study", CPU)
    assert processes.run([job("a", "finish"), job("b", "finish")], "study", CPU)
    assert [starts(j) for j in found] == [1, 1]


def test_numbers_that_are_not_finite_end_a_run_and_not_the_study(job):
    found = [job("a", "nan"), job("b", "finish")]
    assert processes.run(found, "study", CPU)
    assert [j.outcome for j in found] == ["d_loss is nan", "finished"]
    assert processes.run([job("a", "nan")], "study", CPU)
    assert starts(found[0]) == 1


def test_a_failure_is_told_and_the_others_are_stopped(job):
    waiting, failing = job("a", "wait"), job("b", "fail")
    with pytest.raises(
        UserError, match=r"run 'b' failed: the disk is full .*train\.log"
    ):
        processes.run([waiting, failing], "study", CPU * 2)
    assert waiting.process.poll() is not None


def test_a_run_that_is_killed_is_told_with_the_signal(job):
    with pytest.raises(UserError, match=r"run 'a' was killed by SIGKILL.*memory"):
        processes.run([job("a", "killed")], "study", CPU)


def told(job):
    """What the process saw of the GPUs, what it was told, and when it was started."""
    return json.loads((job.run.directory / "told").read_text())


@pytest.mark.parametrize(
    ("per_job", "seen", "flags"),
    [
        (1, [[3], [2], [0], [1]], []),
        (0.5, [[3], [2], [0], [1], [3], [2], [0], [1]], []),
        (2, [[3, 2], [0, 1]], ["--gpus=all"]),
    ],
)
@pytest.mark.usefixtures("four_gpus")
def test_each_process_sees_gpus_of_its_own(job, per_job, seen, flags):
    chosen = places.shared(9, per_job, gpus.visible())
    found = [job(f"run{k}", "late") for k in range(len(seen))]
    assert processes.run(found, "study", chosen)
    assert [told(one)[:2] for one in found] == [
        [",".join(map(uuid, numbers)), flags] for numbers in seen
    ]


@pytest.mark.usefixtures("four_gpus")
def test_a_gpu_that_is_free_again_gets_the_next_run(job):
    chosen = places.shared(2, 1, gpus.visible())
    first, second, third = job("a", "late"), job("b", "finish"), job("c", "finish")
    assert processes.run([first, second, third], "study", chosen)
    assert [told(one)[0] for one in (first, second, third)] == [
        uuid(3), uuid(2), uuid(2)
    ]  # fmt: skip


@pytest.mark.parametrize(("used", "other"), [(3, 2), (2, 3)])
@pytest.mark.usefixtures("four_gpus")
def test_a_run_left_by_a_killed_study_keeps_its_gpu(job, monkeypatch, used, other):
    chosen = places.shared(2, 1, gpus.visible())
    new, left = job("a", "finish"), job("b", "finish")
    monkeypatch.setattr(processes.signals, "Interruption", contextlib.nullcontext)
    with left.run.locked():
        content = CONFIG | {"environment": {"gpu_indices": [used]}}
        left.run.config_file.write_text(json.dumps(content))
        thread = threading.Thread(
            target=processes.run, args=([new, left], "study", chosen)
        )
        thread.start()
        while not new.ended:
            time.sleep(0.01)
        (left.run.checkpoint_directory / "00000005").mkdir(parents=True)
    thread.join()
    assert told(new)[0] == uuid(other)
    assert left.place.numbers == [used]


@pytest.mark.parametrize("visible", [None, "1"])
def test_without_gpus_a_process_sees_what_the_study_sees(job, monkeypatch, visible):
    monkeypatch.setattr(gpus, "nvml", lambda: None)
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    if visible:
        monkeypatch.setenv(gpus.VISIBLE, visible)
    one = job("a", "finish")
    assert processes.run([one], "study", places.shared(2, 1, gpus.visible()))
    assert told(one)[:2] == [visible, []]


def test_more_gpus_for_a_run_than_there_are_is_an_error():
    card = gpus.Gpu(5, "u", "NVIDIA T4", 1, 0, 0)
    with pytest.raises(UserError, match=r"2 is more than there are: 5 \(NVIDIA T4\)"):
        places.shared(1, 2.0, [card])


@pytest.mark.parametrize(("per_job", "most"), [(0.5, 2), (0.3, 3), (0.1, 10), (1, 1)])
def test_a_gpu_has_as_many_runs_as_parts(per_job, most):
    assert len(places.shared(99, per_job, [gpus.Gpu(0, "u", "n", 1, 0, 0)])) == most


@pytest.mark.parametrize(("at_once", "together"), [(1, False), (2, True)])
def test_so_many_run_side_by_side(job, at_once, together):
    found = [job("a", "late"), job("b", "late")]
    assert processes.run(found, "study", CPU * at_once)
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
    assert not processes.run([waiting, job("b", "finish")], "study", CPU)
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
    assert not processes.run([saving], "study", CPU)
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
            target=lambda: ended.append(processes.run([left], "s", CPU))
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
