"""What a study compares is fixed before it begins."""

import copy
import json

import pytest

from errors import UserError
from training import protocol

CONTENT = {
    "study": "s",
    "dataset": {"name": "digits", "fingerprint": "f"},
    "seeds": [3, 4],
    "entries": {"gan": {"steps": 10, "config": {"z_dim": 4}}, "vae": {"steps": 10}},
    "training": {"precision": "float32"},
    "evaluation": {"metric": "fid_random"},
    "watch": {"log_step": 5},
}


def written(**changes):
    return protocol.Protocol(copy.deepcopy(CONTENT) | changes)


def test_all_models_of_a_seed_come_before_the_next_seed():
    names = [member.name for member in written().members()]
    assert names == ["gan-seed3", "vae-seed3", "gan-seed4", "vae-seed4"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": [3, 5]},
        {"evaluation": {"metric": "fid_classifier"}},
        {"entries": {"gan": {"steps": 11, "config": {"z_dim": 4}}}},
        {"training": {"precision": "mixed_bfloat16"}},
    ],
)
def test_the_hash_and_the_latents_follow_from_all_that_is_fixed(changes):
    assert written(**changes).hash != written().hash
    assert written(**changes).sample_seed != written().sample_seed
    assert written().sample_seed == int(written().hash[:8], 16)


def test_how_a_study_is_watched_may_change(tmp_path):
    written().adopt(tmp_path)
    written(watch={"log_step": 7}, command="python train.py").adopt(tmp_path)
    assert protocol.load(tmp_path).content["watch"] == {"log_step": 7}


def test_a_started_study_keeps_its_protocol(tmp_path):
    written().adopt(tmp_path)
    before = (tmp_path / protocol.FILE).read_text()
    with pytest.raises(UserError, match=r"seeds is \[3, 4\], not \[3, 5\].*--renew"):
        written(seeds=[3, 5]).adopt(tmp_path)
    longer = {"gan": {"steps": 20, "config": {"z_dim": 4}}, "vae": {"steps": 10}}
    with pytest.raises(UserError, match=r"entries\.gan\.steps is 10, not 20"):
        written(entries=longer).adopt(tmp_path)
    assert (tmp_path / protocol.FILE).read_text() == before


def test_a_protocol_that_was_edited_is_refused(tmp_path):
    written().adopt(tmp_path)
    file = tmp_path / protocol.FILE
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"seeds": [3]}))
    with pytest.raises(UserError, match=r"changed after the study began"):
        protocol.load(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"study": "s"}'])
def test_a_damaged_protocol_is_named(tmp_path, text):
    (tmp_path / protocol.FILE).write_text(text)
    with pytest.raises(UserError, match=r"protocol\.json is damaged"):
        protocol.load(tmp_path)
