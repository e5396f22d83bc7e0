"""Fixtures of all evaluation: captions, and runs that eval.py finds and reports."""

import numpy as np
import pytest
from fake_data import SIDE, converted
from fake_means import Means
from saved_run import SavedRun

from evaluation import eval_command
from evaluation.eval_options import EvalOptions
from evaluation.measure import measurement
from evaluation.pictures import grids
from evaluation.report import run_page
from training import runs


@pytest.fixture
def captions(monkeypatch):
    """All captions that are written, left and right, from the lowest up."""
    written = []
    caption = grids.caption
    monkeypatch.setattr(
        grids, "caption", lambda *args: written.append(args[1:]) or caption(*args)
    )
    return written


@pytest.fixture
def info(tmp_path, monkeypatch):
    """Real images, whose features are two means."""
    monkeypatch.setattr(measurement.features, "create", lambda *_: Means())
    levels = np.random.default_rng(0).normal(0, 0.2, (200, 1, 1, 1))
    return converted(tmp_path / "data", "flat", np.tile(levels, (1, SIDE, SIDE, 1)))


@pytest.fixture
def saved(info, tmp_path, monkeypatch):
    """Makes runs on the data, which eval.py finds by their names."""
    opened = {}

    def save(name="a", **options):
        dataset = {"name": info.dataset, "fingerprint": info.fingerprint}
        config = {"dataset": dataset} | options.pop("config", {})
        directory = tmp_path / "summary" / name
        shape = info.shape
        run = SavedRun(
            name, directory=directory, image_shape=shape, config=config, **options
        )
        opened[name] = run
        return run

    monkeypatch.setattr(runs, "open", lambda folder: opened[folder.name])
    return save


@pytest.fixture
def command(tmp_path, monkeypatch):
    """`eval.py --name NAME ...`; returns the parts of the page."""
    pages = []
    monkeypatch.setattr(run_page.page, "html", lambda page: pages.append(page) or "")

    def run(name="a", **options):
        usual = {
            "frames": 2,
            "sample_size": 4,
            "data_dir": tmp_path / "data",
            "summary_dir": tmp_path / "summary",
            "assets_dir": tmp_path / "assets",
        }
        eval_command.run([], EvalOptions(name=name, **{**usual, **options}))
        return pages[-1]

    return run
