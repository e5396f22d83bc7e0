import json

import pytest

from datasets import info

SHARD = info.Shard("x-00001-of-00001.tfrecord", 7, 123)


@pytest.fixture
def made(tmp_path):
    """A saved info.json of seven images."""
    made = info.Info(
        "x", "all", 7, 0, (4, 4, 3), ("a", "b"), (), "none", "antialias", 0, "", "",
        (SHARD,), tmp_path,
    )  # fmt: skip
    made.save()
    return made


def test_what_was_saved_is_loaded(made):
    assert info.load(made.directory) == made


def test_an_older_info_is_of_uint8_images_without_a_truth(made):
    file = made.directory / "info.json"
    content = json.loads(file.read_text())
    assert content.pop("dtype") == "uint8"
    assert content.pop("truth") == {}
    file.write_text(json.dumps(content))
    assert info.load(made.directory) == made


def test_the_fingerprint_of_images_is_as_it_always_was(made):
    # SHA-256 of "[[4, 4, 3], [[7, 123]]]": runs on disk record it.
    assert made.fingerprint == (
        "c3d789a14f08d33024f9af331f9d8850a3047ef2c87ffbcff4affb73fc695520"
    )


def test_an_example_has_four_bytes_per_float(made):
    points = info.Info(
        "x", "all", 7, 0, (1, 1, 2), (), (), "none", "none", 0, "", "", (SHARD,),
        dtype="float32",
    )  # fmt: skip
    assert points.layout.image_bytes == 8
    assert made.layout.image_bytes == 48
