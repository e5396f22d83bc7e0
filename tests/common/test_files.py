"""Files that appear whole."""

import pathlib

import pytest

from common import files


def test_directories_are_made(tmp_path):
    path = files.write(tmp_path / "assets" / "a" / "b.png", b"new")
    assert path.read_bytes() == b"new"


def test_only_the_finished_file_remains(tmp_path):
    path = tmp_path / "b.png"
    path.write_bytes(b"old")
    files.write(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["b.png"]
    assert path.read_bytes() == b"new"


def test_a_reader_keeps_the_file_that_it_opened(tmp_path):
    path = files.write(tmp_path / "b.png", b"old")
    with path.open("rb") as reader:
        files.write(path, b"new")
        assert reader.read() == b"old"


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def write_half(path, data):
        with path.open("wb") as file:
            file.write(data[:1])
        raise OSError(28, "No space left on device")

    path = tmp_path / "b.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(pathlib.Path, "write_bytes", write_half)
    with pytest.raises(OSError, match="No space"):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["b.png"]
