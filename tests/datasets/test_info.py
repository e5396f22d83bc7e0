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


def edited(info, *path, value):
    """Writes info.json with one value replaced, or removed if it is None."""
    file = info.directory / "info.json"
    content = json.loads(file.read_text())
    *outer, last = path
    inner = content
    for key in outer:
        inner = inner[key]
    inner[last] = value
    if value is None:
        del inner[last]
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (["count"], "7", "count is '7', not an integer"),
        (["count"], -7, "count is -7, not from 0"),
        (["count"], 1e300, r"count is 1e\+300, not an integer"),
        (["count"], 10**400, "count is 10000"),
        (["skipped"], float("nan"), "skipped is nan"),
        (["shape"], [4, 4], r"shape is \[4, 4\], not a list of 3"),
        (["shape", 0], 2**40, r"shape\[0\] is 1099511627776, not from 1 to 1,024"),
        (["shape", 2], 0, r"shape\[2\] is 0, not from 1 to 3"),
        (["dtype"], "object", "dtype is 'object', not uint8 or float32"),
        (["classes"], {"a": 1}, "classes is .* not a list"),
        (["classes", 1], 5, r"classes\[1\] is 5, not a text"),
        (["images"], ["video"], r"images\[0\] is 'video'"),
        (
            ["truth"],
            {"centres": 5, "deviation": 0.1},
            r"truth\.centres is 5, not a list",
        ),
        (["truth"], {"centres": []}, r"truth\.deviation is missing"),
        (
            ["truth"],
            {"centres": [["x", 0]], "deviation": 1},
            r"centres\[0\]\[0\] is ",
        ),
        (["shards", 0, "count"], None, r"shards\[0\]\.count is missing"),
        (["shards", 0, "crc32c"], 1 << 32, r"shards\[0\]\.crc32c is 4294967296"),
        (["shards", 0, "part"], "all", r"shards\[0\]\.part is 'all', not one of train"),
        (["shards", 0, "name"], "../x", r"shards\[0\]\.name is '\.\./x'"),
        (["dataset"], None, "dataset is missing"),
        (["count"], 8, "count is 8, and 7 in the shards"),
    ],
)
def test_an_info_of_another_form_names_key_and_remedy(info, path, value, problem):
    edited(info, *path, value=value)
    with pytest.raises(
        UserError, match=rf"info\.json.*{problem}.*convert\.py .*--renew"
    ):
        Info.load(info.directory)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, "\0"])
def test_what_is_no_object_is_damaged(info, text):
    (info.directory / "info.json").write_text(text)
    with pytest.raises(UserError, match=r"info\.json is damaged.*--renew"):
        Info.load(info.directory)


def test_a_shape_that_does_not_fit_the_shards_is_told(info):
    (info.directory / SHARD.name).write_bytes(bytes(7 * info.layout.stride))
    assert Info.load(info.directory) == info
    edited(info, "shape", value=[512, 512, 3])
    with pytest.raises(UserError, match=r"bytes where info\.json means .*--renew"):
        Info.load(info.directory)


def test_keys_of_a_later_version_are_left_alone(info):
    edited(info, "colours", value=["red"])
    edited(info, "directory", value="/etc")
    assert Info.load(info.directory) == info
