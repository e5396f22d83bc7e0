"""eval.py on studies that cannot be measured: one line that says why."""

import json
import os

import pytest
from run_config import PROTOCOL

from common.errors import UserError
from evaluation import eval_command
from evaluation.eval_options import EvalOptions
from training.study import protocol


@pytest.fixture
def summary(tmp_path):
    protocol.Protocol(dict(PROTOCOL)).adopt(tmp_path / "summary" / "s")
    return tmp_path / "summary"


def evaluate(summary, name="s", **options):
    places = {"summary_dir": summary, "assets_dir": summary.parent / "assets"}
    eval_command.run([], EvalOptions(name=name, **places, **options))


def test_an_empty_study_is_told(summary):
    with pytest.raises(UserError, match=r"study 's' has no checkpoint yet"):
        evaluate(summary)
    assert not (summary.parent / "assets").exists()


def test_a_changed_protocol_is_told(summary):
    file = summary / "s" / protocol.FILE
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"seeds": [1]}))
    with pytest.raises(UserError, match="changed after the study began"):
        evaluate(summary)


@pytest.mark.parametrize(
    "flags",
    [
        {"name": "s,other"},
        {"extractor": "inception"},
        {"eval_samples": 30},
        {"neighbours": True},
        {"step": "latest"},
        {"ema": True},
    ],
)
def test_its_protocol_alone_says_how_it_is_measured(summary, flags):
    with pytest.raises(UserError, match=r"'s' is a study.*--summary_dir"):
        evaluate(summary, **flags)


def test_without_a_name_the_newest_counts_be_it_a_study_or_a_run(summary):
    run = summary / "r"
    run.mkdir()
    (run / "config.json").write_text("{}")
    os.utime(run / "config.json", (1, 1))
    assert eval_command.newest(summary) == "s"
    os.utime(run / "config.json", (2**32, 2**32))
    assert eval_command.newest(summary) == "r"
    inside = summary / "s" / "gan-seed0"
    inside.mkdir()
    (inside / "config.json").write_text("{}")
    os.utime(inside / "config.json", (2**33, 2**33))
    assert eval_command.newest(summary) == "s"
