"""What a study compares is fixed before it begins."""

import copy
import json

import pytest
from run_config import ENTRY, MEMBER, PROTOCOL

from common.errors import UserError
from training import runs
from training.study import protocol

CONFIG = MEMBER | {"seed": 3}
CONTENT = PROTOCOL | {
    "seeds": [3, 4],
    "entries": {"gan": ENTRY, "vae": ENTRY | {"model": "vae"}},
}


def member(directory, changes):
    """A run of that configuration but for the changes."""
    run = runs.Run(directory, "gan-seed3")
    run.directory.mkdir(exist_ok=True)
    run.config_file.write_text(json.dumps(CONFIG | changes))
    return run


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"watch": CONFIG["watch"] | {"log_step": 2}, "replicas": 2}, None),
        ({"model": "vae"}, r"model is 'vae', not 'gan'"),
        ({"config": {"z_dim": 5}}, r"config\.z_dim is 5, not 4"),
        ({"batch_size": 9}, r"batch_size is 9, not 8"),
        ({"steps": 20}, r"steps is 20, not 10"),
        ({"seed": 4}, r"seed is 4, not 3"),
        ({"precision": "mixed_bfloat16"}, r"precision is 'mixed_bf"),
        ({"dataset": CONFIG["dataset"] | {"fingerprint": "g"}}, "fingerprint is 'g'"),
    ],
)
def test_a_run_is_what_the_protocol_says(tmp_path, changes, told):
    run, said = member(tmp_path, changes), written(entries={"gan": ENTRY})
    if told is None:
        said.check(protocol.Member("gan", 3), run)
        return
    with pytest.raises(UserError, match=rf"'gan-seed3' is not .*: {told}"):
        said.check(protocol.Member("gan", 3), run)


def written(**changes):
    return protocol.Protocol(copy.deepcopy(CONTENT) | changes)


def test_all_models_of_a_seed_come_before_the_next_seed():
    names = [member.name for member in written().members()]
    assert names == ["gan-seed3", "vae-seed3", "gan-seed4", "vae-seed4"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": [3, 5]},
        {"evaluation": CONTENT["evaluation"] | {"metric": "fid_classifier"}},
        {"evaluation": CONTENT["evaluation"] | {"statistics": "standing"}},
        {"entries": {"gan": ENTRY | {"steps": 11}}},
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
    watch = protocol.load(tmp_path).content["watch"]
    assert watch == {"log_step": 7, "jobs": 1}
    for jobs in (3, 2):
        written(watch={"jobs": jobs}).adopt(tmp_path)
    assert protocol.load(tmp_path).content["watch"] == {"jobs": 3}
    assert protocol.load(tmp_path).hash == written().hash


def test_the_watchdog_looks_when_it_did(tmp_path):
    written(watch={"sample_step": 5}).adopt(tmp_path)
    written(watch={"sample_step": 5, "log_step": 1}).adopt(tmp_path)
    with pytest.raises(UserError, match=r"watch\.sample_step is 5, not 6"):
        written(watch={"sample_step": 6}).adopt(tmp_path)


def test_runs_without_a_protocol_are_not_taken_over(tmp_path):
    member(tmp_path, {})
    with pytest.raises(UserError, match=r"runs \(gan-seed3\) but no .*--renew"):
        written().adopt(tmp_path)
    assert not (tmp_path / protocol.FILE).exists()


def test_a_started_study_keeps_its_protocol(tmp_path):
    written().adopt(tmp_path)
    before = (tmp_path / protocol.FILE).read_text()
    with pytest.raises(UserError, match=r"seeds is \[3, 4\], not \[3, 5\].*--renew"):
        written(seeds=[3, 5]).adopt(tmp_path)
    longer = CONTENT["entries"] | {"gan": ENTRY | {"steps": 20}}
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
