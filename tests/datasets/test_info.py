import dataclasses
import json

import pytest

from common.errors import UserError
from datasets.info import Info, Shard

SHARD = Shard("x-00001-of-00001.tfrecord", 7, 123)


@pytest.fixture
def info(tmp_path):
    """A saved info.json of seven images."""
    info = Info(
        "x", "all", 7, 0, (4, 4, 3), ("a", "b"), (), "none", "antialias", 0, "", "",
        (SHARD,), tmp_path,
    )  # fmt: skip
    info.save()
    return info


def test_what_was_saved_is_loaded(info):
    assert Info.load(info.directory) == info


def test_an_older_info_is_of_uint8_images_without_a_truth(info):
    file = info.directory / "info.json"
    content = json.loads(file.read_text())
    assert content.pop("dtype") == "uint8"
    assert content.pop("truth") == {}
    file.write_text(json.dumps(content))
    assert Info.load(info.directory) == info


def test_the_fingerprint_of_images_is_as_it_always_was(info):
    # SHA-256 of "[[4, 4, 3], [[7, 123]]]": runs on disk record it.
    assert info.fingerprint == (
        "c3d789a14f08d33024f9af331f9d8850a3047ef2c87ffbcff4affb73fc695520"
    )


def test_an_older_info_has_single_images_for_training(info):
    file = info.directory / "info.json"
    content = json.loads(file.read_text())
    assert content.pop("images") == ["image"]
    assert content["shards"][0].pop("part") == "train"
    file.write_text(json.dumps(content))
    assert Info.load(info.directory) == info


def divided(info, **parts):
    """The same info with shards of some parts, name=count."""
    shards = tuple(
        Shard(f"x-{part}.tfrecord", count, i, part)
        for i, (part, count) in enumerate(parts.items())
    )
    return dataclasses.replace(info, shards=shards)


def test_a_part_has_its_own_shards_and_count(info):
    both = divided(info, train=7, test=2)
    assert both.parts == ("train", "test")
    assert both.part("test").shards == both.shards[1:]
    assert (both.count, both.part("train").count, both.part("test").count) == (7, 7, 2)
    assert both.part("test").parts == ("test",)


def test_a_part_that_is_not_there_is_named(info):
    with pytest.raises(UserError, match="x has no part 'val': it has train, test"):
        divided(info, train=7, test=2).part("val")


@pytest.mark.parametrize(
    ("parts", "held_out"),
    [
        (["train"], None),
        (["train", "val"], "val"),
        (["train", "val", "test"], "test"),
        (["train", "val", "test", "testA"], "test"),
        (["trainA", "trainB"], None),
        (["trainA", "trainB", "testA", "testB"], "test"),
        (["trainA", "trainB", "valA", "valB", "testA"], "val"),
    ],
)
def test_what_is_held_out(info, parts, held_out):
    assert divided(info, **dict.fromkeys(parts, 1)).held_out == held_out


def test_only_training_examples_make_the_fingerprint(info):
    alone = divided(info, train=7)
    assert divided(info, train=7, test=2, val=1).fingerprint == alone.fingerprint
    assert divided(info, train=6).fingerprint != alone.fingerprint


def test_which_side_an_example_is_on_makes_the_fingerprint(info):
    prints = {
        divided(info, **sides, testA=1, testB=1).fingerprint
        for sides in ({"trainA": 7, "trainB": 2}, {"trainB": 7, "trainA": 2})
    }
    assert len(prints) == 2


def test_kinds_and_what_a_batch_can_carry(info):
    pairs = dataclasses.replace(info, images=("source", "target"), classes=())
    sides = divided(info, trainA=7, trainB=2)
    assert (info.kind, info.keys) == ("single", ("image", "label"))
    assert (pairs.kind, pairs.keys) == ("paired", ("source", "target", "a", "b"))
    assert (sides.kind, sides.keys) == ("unpaired", ("a", "b"))
    assert sides.part("trainA").kind == "single"


def test_an_example_has_four_bytes_per_float(info):
    points = Info(
        "x", "all", 7, 0, (1, 1, 2), (), (), "none", "none", 0, "", "", (SHARD,),
        dtype="float32",
    )  # fmt: skip
    assert points.layout.image_bytes == 8
    assert info.layout.image_bytes == 48
