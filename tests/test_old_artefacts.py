"""Shards, runs and a study made by the code of commit ff222e8 go on and are measured.

tests/reference/README.md says how tests/reference/ff222e8.tar.xz was made.
"""

import json
import pathlib
import shutil
import tarfile

import numpy as np
import pytest

from datasets.info import Info
from datasets.pipeline import loader, shard_check

ARCHIVE = pathlib.Path(__file__).parent / "reference" / "ff222e8.tar.xz"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    home = tmp_path_factory.mktemp("ff222e8")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(home, filter="data")
    return home


@pytest.fixture
def home(unpacked, tmp_path):
    """A copy of its own for each test, which may write into it."""
    return shutil.copytree(unpacked, tmp_path / "home")


@pytest.fixture
def run_script(home, script):
    def run(name, *arguments):
        places = {"data_dir": "data", "summary_dir": "summary", "assets_dir": "assets"}
        if name == "train.py":
            del places["assets_dir"]
        flags = [f"--{flag}={home / folder}" for flag, folder in places.items()]
        done = script(name, *arguments, *flags)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_shards_are_whole_and_read(home):
    info = Info.load(home / "data" / "mnist" / "28px")
    shard_check.verify(info)
    batch = next(iter(loader.batches(info, 8, seed=0, reads=("image", "label"))))
    assert batch["image"].shape == (8, 28, 28, 1)
    assert np.ptp(batch["image"]) == 255
    assert set(batch["label"].numpy()) <= set(range(10))


def test_a_run_goes_on(home, run_script):
    run_script(
        "train.py", "--model=gan", "--name=run", "--dataset=mnist", "--batch_size=16",
        "--steps=30", "--ckpt_step=10", "--set=g_width=0.004", "--set=d_width=0.008",
        "--set=z_dim=4",
    )  # fmt: skip
    run = home / "summary" / "run"
    saved = sorted(path.name for path in (run / "checkpoints").iterdir())
    assert saved == ["00000010", "00000020", "00000030"]
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    logged = [line["step"] for line in lines if "d_loss" in line]
    assert logged == [5, 10, 15, 20, 25, 30]  # as often as before


def measured(home):
    return json.loads((home / "assets" / "run" / "metrics.json").read_text())["run"]


def test_a_run_is_drawn_and_measured(home, run_script):
    before = measured(home)
    (home / "assets" / "run" / "metrics.json").unlink()
    out = run_script(
        "eval.py", "--name=run", "--extractor=random", "--eval_samples=130"
    )
    assert "timeline.gif" in out
    after = measured(home)
    assert after["certificate"].keys() >= before["certificate"].keys()
    for step, numbers in before["steps"].items():
        assert after["steps"][step]["checkpoint"] == numbers["checkpoint"]
        for key in (
            "fid_random",
            "kid_random",
            "precision_random",
            "path_length_random",
        ):
            again = after["steps"][step][key]
            np.testing.assert_allclose(again, numbers[key], rtol=0.01, err_msg=key)


def test_numbers_that_were_measured_then_stay(home, run_script):
    before = measured(home)
    run_script(
        "eval.py", "--name=run", "--extractor=random", "--eval_samples=129",
        "--step=latest", "--frames=2",
    )  # fmt: skip
    assert measured(home)["earlier"] == [before]


def test_a_run_of_points_goes_on_and_is_drawn(home, run_script):
    file = home / "assets" / "ring" / "modes.json"
    before = json.loads(file.read_text())["ring"]
    run_script(
        "train.py", "--model=wgan-gp", "--name=ring", "--dataset=ring8",
        "--batch_size=64", "--steps=610", "--ckpt_step=300", "--log_step=100",
        "--sample_step=300", "--set=g_width=0.12", "--set=d_width=0.12",
        "--set=z_dim=2", "--set=g_lr=0.002", "--set=d_lr=0.002", "--set=n_critic=2",
    )  # fmt: skip
    run_script("eval.py", "--name=ring")
    after = json.loads(file.read_text())["ring"]
    assert list(after) == ["300", "600", "610"]
    for step, counts in before.items():
        assert after[step]["modes"] == counts["modes"]
        share = after[step]["high_quality"]
        assert share == pytest.approx(counts["high_quality"], abs=0.001)


def test_a_study_is_measured(home, run_script):
    before = (home / "summary" / "study" / "protocol.json").read_text()
    out = run_script("eval.py", "--name=study")
    assert "FID (random) last" in out
    assert (home / "assets" / "study" / "index.html").stat().st_size > 10_000
    assert (home / "summary" / "study" / "protocol.json").read_text() == before


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def protocol_hash(study):
    return json.loads((study / "protocol.json").read_text())["hash"]


def test_a_study_goes_on(home, run_script):
    """Its second run is not there yet; the first one and the protocol stay."""
    study = home / "summary" / "study"
    samples = study / "gan-seed1" / "checkpoints" / "00000020" / "samples.npy"
    before = np.load(samples)
    shutil.rmtree(study / "gan-seed1")
    kept = contents(study / "gan-seed0" / "checkpoints"), protocol_hash(study)
    run_script(
        "train.py", "--model=gan", "--name=study", "--seeds=2", "--dataset=mnist",
        "--batch_size=16", "--steps=20", "--ckpt_step=10", "--log_step=5",
        "--sample_step=10", "--set=g_width=0.004", "--set=d_width=0.008",
        "--set=z_dim=4", "--extractor=random", "--eval_samples=130",
    )  # fmt: skip
    assert kept == (contents(study / "gan-seed0" / "checkpoints"), protocol_hash(study))
    np.testing.assert_allclose(np.load(samples), before, atol=0.01)
