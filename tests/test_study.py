"""A study from its command to its report, as a user types it."""

import csv
import io
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

COMMAND = (
    "train.py", "--model=gan,vae", "--name=s", "--dataset=digits", "--image_size=28",
    "--steps=12", "--seeds=2", "--seed=5", "--batch_size=16", "--ckpt_step=4",
    "--extractor=random", "--eval_samples=140", "--set=z_dim=4", "--set=g_width=0.05",
    "--set=d_width=0.05", "--set=sampling=moving",
)  # fmt: skip
NAMES = ["gan-seed5", "vae-seed5", "gan-seed6", "vae-seed6"]


@pytest.fixture(scope="module")
def study(script, digits, tmp_path_factory):
    """A trained and evaluated study: its folders, what was told, and where it is."""
    summary = tmp_path_factory.mktemp("whole")
    directory = summary / "s"
    where = [f"--data_dir={digits}", f"--summary_dir={summary}"]
    done = script(*COMMAND, "--jobs=2", *where)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("next: python eval.py --name s --summary_dir")
    assets = tmp_path_factory.mktemp("assets")
    told = script("eval.py", "--name=s", *where, f"--assets_dir={assets}")
    assert told.returncode == 0, told.stderr
    return directory, assets / "s", told.stdout, where


def times(directory):
    return {
        name: (directory / name / "metrics.jsonl").stat().st_mtime_ns for name in NAMES
    }


def tensors(run):
    """All that the last checkpoint holds, but for the names of layers."""
    read = tf.train.load_checkpoint(run / "checkpoints/00000012/state")
    names = read.get_variable_to_shape_map()
    return {k: read.get_tensor(k) for k in names if k != "_CHECKPOINTABLE_OBJECT_GRAPH"}


def test_every_entry_is_trained_under_every_seed(study):
    directory, *_ = study
    written = json.loads((directory / "protocol.json").read_text())
    assert written["seeds"] == [5, 6]
    assert written["entries"]["gan"]["evaluated"] == [4, 8, 12]
    assert written["entries"]["gan"]["images"] == 12 * 16
    for name in NAMES:
        config = json.loads((directory / name / "config.json").read_text())
        model, _, seed = name.partition("-seed")
        assert (config["model"], config["seed"]) == (model, int(seed))
        entry = written["entries"][model]
        assert config["config"] == entry["config"]
        assert config["steps"] == entry["steps"]
        assert (directory / name / "checkpoints" / "00000012").is_dir()


def test_the_table_has_every_entry_and_the_floor(study):
    _, assets, told, _ = study
    rows = list(csv.DictReader(io.StringIO((assets / "table.csv").read_text())))
    assert [row["name"] for row in rows] == ["gan", "vae", "real images"]
    measured = json.loads((assets / "metrics.json").read_text())
    for row in rows[:2]:
        fids = [
            [numbers["fid_random"] for numbers in measured[name]["steps"].values()]
            for name in NAMES
            if name.startswith(row["name"])
        ]
        assert float(row["fid_random_last_mean"]) == pytest.approx(
            sum(own[-1] for own in fids) / 2
        )
        assert float(row["fid_random_best_mean"]) == pytest.approx(
            sum(map(min, fids)) / 2
        )
        assert (row["runs"], row["ended"]) == ("2", "2")
    assert "FID (random) last" in told
    assert (assets / "table.md").read_text().count("| vae |") == 3  # three tables


def test_the_latents_follow_from_the_protocol(study):
    directory, assets, *_ = study
    written = json.loads((directory / "protocol.json").read_text())
    measured = json.loads((assets / "metrics.json").read_text())
    certificates = [measured[name]["certificate"] for name in NAMES]
    assert {c["seed"] for c in certificates} == {int(written["hash"][:8], 16)}
    assert {c["fingerprint"] for c in certificates} == {
        written["dataset"]["fingerprint"]
    }


def test_the_report_shows_every_run(study):
    _, assets, *_ = study
    page = (assets / "index.html").read_text()
    for name in NAMES:
        entry, _, seed = name.partition("-seed")
        assert f"{entry}, seed {seed}" in page
    assert "--model=gan,vae" in page
    assert "floor: fid_random" in page


def test_the_same_command_trains_only_what_is_missing(study, script):
    directory, _, _, where = study
    before = times(directory)
    last = directory / NAMES[2] / "checkpoints" / "00000012" / "state.index"
    weights = last.read_bytes()
    shutil.rmtree(last.parent)
    done = script(*COMMAND, *where)
    assert done.returncode == 0, done.stderr
    after = times(directory)
    assert [name for name in NAMES if after[name] != before[name]] == [NAMES[2]]
    assert last.read_bytes() == weights  # bit-equal, as a run that was never stopped


def test_a_run_alone_and_measured_on_the_way_has_the_same_bits(study, script):
    directory, _, _, where = study
    alone = [x for x in COMMAND if not x.startswith(("--model", "--name", "--seeds"))]
    written = json.loads((directory / "protocol.json").read_text())
    threads = f"--threads={written['watch']['threads']}"
    more = ("--model=gan", "--name=alone", "--eval_every=3", threads)
    done = script(*alone, *more, *where)
    assert done.returncode == 0, done.stderr
    run = directory.parent / "alone"
    first, second = map(tensors, (run, directory / NAMES[0]))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[key], second[key]) for key in first)
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    assert [x["step"] for x in lines if "kid_random" in x] == [3, 6, 9, 12]


def test_a_protocol_never_changes(study, script):
    directory, _, _, where = study
    before = (directory / "protocol.json").read_bytes(), times(directory)
    done = script(*COMMAND, "--steps=16", "--seeds=3", *where)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("error: ")]
    assert "entries.gan.steps is 12, not 16" in line
    assert "seeds is [5, 6], not [5, 6, 7]" in line
    assert ((directory / "protocol.json").read_bytes(), times(directory)) == before
