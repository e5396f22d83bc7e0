"""What a study checks before it removes, writes or trains anything."""

import dataclasses
import json
import os
import types

import pytest
from fake_nvml import FakeNvml
from run_config import ENTRY, EVALUATION, MEMBER

from common.errors import UserError
from training import gpus, runs
from training.settings import Settings
from training.study import launch, processes, protocol

INFO = types.SimpleNamespace(
    dataset="digits", shape=(28, 28, 1), count=90, fingerprint="f", classes=(), kind="x"
)


class Measuring:
    """Metrics for any dataset, or for none."""

    fails = False

    def plan(self, made, given):
        if self.fails:
            raise UserError("too few images")
        return EVALUATION


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Begins a study `s` of one entry; the jobs that it would have run."""
    settings = Settings("gan", steps=5, batch_size=8)
    content = ENTRY | {"steps": 5, "evaluated": [5]}
    started = []

    def planned(given, data_dir):
        every = given.get("eval_every", 0)
        chosen = dataclasses.replace(settings, eval_every=every)
        return {
            "gan": launch.EntryPlan(chosen, content | {"z": given.get("z", 0)})
        }, INFO

    def run(found, title, chosen):
        started.extend(found)
        call.chosen = chosen
        return True

    monkeypatch.setattr(launch, "planned", planned)
    monkeypatch.setattr(processes, "run", run)
    measuring = Measuring()

    def call(renew=False, **given):
        started.clear()
        places = {"data_dir": "d", "summary_dir": str(tmp_path), "renew": renew}
        launch.run({"model": "gan", "name": "s", **places, **given}, measuring)
        return list(started)

    call.measuring, call.directory = measuring, tmp_path / "s"
    return call


def member(directory, **changes):
    """The run of seed 0 as the study trains it, but for the changes."""
    config = MEMBER | {"steps": 5}
    run = runs.Run(directory, "gan-seed0")
    (run.checkpoint_directory / "00000005").mkdir(parents=True)
    run.config_file.write_text(json.dumps(config | changes))
    return run


@pytest.mark.parametrize(
    "given", [{"seed": -1, "seeds": 2}, {"seed": 2**32 - 1, "seeds": 2}, "measuring"]
)
def test_a_mistake_neither_removes_nor_writes(begin, given):
    def mistake(renew):
        begin.measuring.fails = given == "measuring"
        with pytest.raises(UserError, match=r"is wrong: from 0 to|too few"):
            begin(renew, **({} if given == "measuring" else given))
        begin.measuring.fails = False

    mistake(renew=False)
    assert not begin.directory.exists()
    begin()
    run = member(begin.directory)
    mistake(renew=True)
    assert run.checkpoints() == [5]
    assert protocol.load(begin.directory).seeds == [0]


def test_what_a_process_still_trains_is_not_removed(begin):
    begin()
    run = member(begin.directory)
    with run.locked(), pytest.raises(UserError, match=r"'gan-seed0' .*left behind"):
        begin(renew=True)
    assert run.checkpoints() == [5]
    begin(renew=True, z=1)
    assert not run.directory.exists()
    assert protocol.load(begin.directory).entries["gan"]["z"] == 1


def test_only_runs_of_the_protocol_go_on(begin):
    begin()
    member(begin.directory)
    (job,) = begin()
    assert job.ended
    run = runs.Run(begin.directory, "gan-seed0")
    run.config_file.write_text(json.dumps(run.config | {"steps": 9}))
    with pytest.raises(UserError, match="steps is 9, not 5"):
        begin()
    run.config_file.unlink()
    with pytest.raises(UserError, match=r"config\.json is missing"):
        begin()


def test_runs_measure_by_the_protocol_and_the_given_file(begin):
    job, _ = begin(eval_every=2, inception="w.pth", jobs=2, seeds=2)
    written = protocol.load(begin.directory)
    watch = written.content["watch"]
    assert watch == {"eval_every": 2, "jobs": 2, "threads": watch["threads"]}
    assert "w.pth" not in json.dumps(
        {k: v for k, v in written.content.items() if k != "command"}
    )
    measured = {
        "--extractor=random", "--inception=w.pth", f"--eval_seed={written.sample_seed}",
    }  # fmt: skip
    assert measured <= set(job.flags)


@pytest.fixture
def cores(monkeypatch):
    """Makes this a machine of eight cores, without a GPU."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8))
    monkeypatch.setattr(gpus, "nvml", lambda: None)


@pytest.mark.parametrize(
    ("given", "threads"),
    [
        ({"seeds": 4}, 8),
        ({"seeds": 4, "jobs": 2}, 4),
        ({"seeds": 4, "jobs": 3}, 2),
        ({"seeds": 2, "jobs": 8}, 4),  # there are two runs
        ({"seeds": 20, "jobs": 16}, 1),
        ({"seeds": 4, "jobs": 2, "threads": 3}, 3),
    ],
)
@pytest.mark.usefixtures("cores")
def test_the_runs_share_the_cores(begin, given, threads):
    jobs = begin(**given)
    assert len(begin.chosen) == min(given.get("jobs", 1), given["seeds"])
    assert protocol.load(begin.directory).content["watch"]["threads"] == threads
    assert all(f"--threads={threads}" in job.flags for job in jobs)


@pytest.mark.usefixtures("cores")
def test_a_study_keeps_its_threads(begin):
    begin(jobs=2, seeds=2)
    (job, _) = begin(seeds=2)
    assert "--threads=4" in job.flags
    (job, _) = begin(seeds=2, threads=1)
    assert "--threads=1" in job.flags
    (job, _) = begin(seeds=2, jobs=2)
    assert "--threads=1" in job.flags
    (job, _) = begin(renew=True, seeds=2)
    assert "--threads=8" in job.flags


@pytest.mark.usefixtures("cores")
def test_a_study_of_an_earlier_version_keeps_a_thread_on_each_core(begin):
    begin()
    file = begin.directory / protocol.FILE
    content = json.loads(file.read_text())
    del content["watch"]["threads"]
    file.write_text(json.dumps(content))
    (job,) = begin(jobs=4)
    assert not [flag for flag in job.flags if "threads" in flag]


@pytest.mark.parametrize(
    ("given", "places", "told"),
    [
        ({"jobs": 2}, [[3], [2]], "2 runs at a time, on GPU 3 (NVIDIA A100), 2 ("),
        ({"jobs": 5}, [[3], [2], [0], [1]], "5 runs side by side need more GPUs than"),
        ({"jobs": 5, "gpus_per_job": 0.5}, [[3], [2], [0], [1], [3]], "5 runs at a"),
        ({"jobs": 9, "gpus_per_job": 2.0}, [[3, 2], [0, 1]], "2 runs at a time"),
    ],
)
def test_each_run_has_gpus_of_its_own(begin, monkeypatch, capsys, given, places, told):
    monkeypatch.setattr(gpus, "nvml", FakeNvml)
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    jobs = begin(seeds=9, **given)
    assert [place.numbers for place in begin.chosen] == places
    assert protocol.load(begin.directory).content["watch"]["jobs"] == len(places)
    assert told in capsys.readouterr().err
    assert not [flag for job in jobs for flag in job.flags if "threads" in flag]


def test_an_average_of_weights_has_no_parameters_of_its_own(monkeypatch):
    monkeypatch.setattr(launch.loader, "check_reads", lambda *_: None)
    monkeypatch.setattr(launch.loader, "batches_per_epoch", lambda *_: 9)
    narrow = {"g_width": 0.05, "d_width": 0.05}
    averaged, raw = (
        launch.plan(
            "gan",
            Settings("gan", narrow | {"ema": ema}, steps=5),
            INFO,
            {"name": "gan"},
        )
        for ema in (0.9, 0.0)
    )
    assert averaged.content["parameters"] == raw.content["parameters"]
