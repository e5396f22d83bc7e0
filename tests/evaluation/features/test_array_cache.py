"""Arrays that are kept: what was changed is not taken over."""

import json

import numpy as np
import pytest

from evaluation.features import array_cache

RECIPE = {"data": "f00d", "images": 7, "held_out": None}
ARRAYS = {
    "features": np.arange(70, dtype="float32").reshape(7, 10),
    "scores": np.array([[0.1, 1 / 3]]),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "cached.npz"
    array_cache.keep(path, RECIPE, ARRAYS)
    return path


def written_again(path, **changes):
    """Writes the file as NumPy does, with some of its arrays changed."""
    with np.load(path) as saved:
        arrays = dict(saved) | changes
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})


def test_arrays_come_back_bit_by_bit(path, caplog):
    loaded = array_cache.load(path, dict(reversed(RECIPE.items())))
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array, strict=True)
    assert not caplog.messages


@pytest.mark.parametrize("recipe", [{}, RECIPE | {"images": 8}])
def test_those_of_another_recipe_are_not_taken_over(path, recipe, caplog):
    assert array_cache.load(path, recipe) is None
    assert not caplog.messages


def test_nothing_is_said_of_a_file_that_is_not_there(tmp_path, caplog):
    assert array_cache.load(tmp_path / "none.npz", RECIPE) is None
    assert not caplog.messages


CHANGES = {
    "a number": {"features": ARRAYS["features"] + np.eye(7, 10, dtype="float32")},
    "a shape": {"features": ARRAYS["features"].reshape(10, 7)},
    "a type": {"scores": ARRAYS["scores"].view("int64")},
    "one more": {"logits": np.zeros(3)},
    "one less": {"scores": None},
    "no text": {"about": None},
    "another recipe": {
        "about": np.array(json.dumps({"recipe": RECIPE | {"images": 8}, "sha256": ""}))
    },
    "no recipe": {"about": np.array("[]")},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_refused_with_a_line(path, change, caplog):
    written_again(path, **CHANGES[change])
    assert array_cache.load(path, RECIPE) is None
    (message,) = caplog.messages
    assert f"{path} is damaged" in message
    assert "made again" in message


def test_whichever_byte_is_flipped_no_other_numbers_are_read(path):
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        path.write_bytes(flipped)
        loaded = array_cache.load(path, RECIPE)  # some bytes of a zip mean nothing
        for name, array in (loaded or {}).items():
            np.testing.assert_array_equal(array, ARRAYS[name], strict=True)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"[" * 100_000])
def test_a_foreign_file_is_refused(path, content, caplog):
    path.write_bytes(content)
    assert array_cache.load(path, RECIPE) is None
    assert f"{path} is damaged" in caplog.messages[0]
