"""Files and directories that appear whole, and locks."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from common import files
from common.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]
HOLD = """
import pathlib, sys, time
from common import files
with getattr(files, sys.argv[1])(pathlib.Path(sys.argv[2]), *sys.argv[3:]) as path:
    if path:
        path.mkdir()
    print("locked", flush=True)
    time.sleep(60)
"""
REPLACE = """
import pathlib, sys
from common import files
for _ in range(100):
    with files.appearing(pathlib.Path(sys.argv[1])) as path:
        path.mkdir()
        (path / "new").touch()
"""


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


def test_what_appears_is_on_the_disk_before(tmp_path, monkeypatch):
    """File, then the folder that holds it, then the renaming, then where it appears."""
    events = []

    def fsync(descriptor):
        events.append(pathlib.Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)

    monkeypatch.setattr(os, "fsync", fsync)
    with files.appearing(tmp_path / "a", tmp_path / ".a") as partial:
        partial.mkdir()
        (partial / "b").touch()
        replace = files._replace
        monkeypatch.setattr(
            files, "_replace", lambda *paths: events.append("->") or replace(*paths)
        )
    assert events == ["b", ".a", "->", tmp_path.name]


@pytest.fixture
def old(tmp_path):
    """A directory that has something in it."""
    (tmp_path / "a" / "old").mkdir(parents=True)
    return tmp_path / "a"


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_a_directory_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "a"
    with files.appearing(target) as partial:
        partial.mkdir()
        (partial / "new").touch()
        assert not target.exists()
    assert names(target) == ["new"]
    assert names(tmp_path) == ["a"]


def test_nothing_appears_in_a_directory_that_has_been_removed(tmp_path):
    def fill():
        with files.appearing(tmp_path / "removed" / "a") as partial:
            partial.write_bytes(b"new")

    with pytest.raises(FileNotFoundError):
        fill()
    assert names(tmp_path) == []


def test_a_directory_takes_the_place_of_an_earlier_one(old, tmp_path):
    with files.appearing(old) as partial:
        partial.mkdir()
        (partial / "new").touch()
        assert names(old) == ["old"]
    assert names(old) == ["new"]
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [OSError("No space left"), KeyboardInterrupt()])
def test_a_block_that_fails_leaves_the_earlier_one(old, tmp_path, error):
    def fail():
        with files.appearing(old) as partial:
            partial.mkdir()
            (partial / "new").touch()
            raise error

    with pytest.raises(type(error)):
        fail()
    assert names(old) == ["old"]
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("left", ["file", "directory"])
def test_what_a_killed_process_left_under_the_same_name_is_removed(tmp_path, left):
    leftover = tmp_path / "a.partial"
    if left == "directory":
        leftover.mkdir()
        (leftover / "half").touch()
    else:
        leftover.touch()
    with files.appearing(tmp_path / "a", leftover) as partial:
        assert partial == leftover
        partial.mkdir()
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == []


def test_what_is_not_asked_for_again_is_kept_hidden_until_it_is_swept(old, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / ".mine").touch()
    (tmp_path / ".b" / "half").mkdir(parents=True)
    files.drop(old)
    assert names(tmp_path) == [".b", ".mine", "b"]
    files.sweep(tmp_path)
    assert names(tmp_path) == [".mine", "b"]


def test_no_reader_finds_half_of_what_is_dropped(old, tmp_path, monkeypatch):
    def killed(path, **options):
        if path.exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(files.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        files.drop(old)
    (hidden,) = names(tmp_path)
    assert hidden.startswith(".a.old-")


def test_a_scratch_path_is_empty_before_and_after(old, tmp_path):
    with files.scratch(old) as path:
        assert not path.exists()
        path.mkdir()
    assert names(tmp_path) == []


@pytest.fixture
def killed(tmp_path):
    """The pid of a process that was killed while it wrote `a`, which stays hidden."""
    holder = hold("appearing", tmp_path / "a")
    (hidden,) = names(tmp_path)
    end(holder)
    assert names(tmp_path) == [hidden] == [f".a.partial-{holder.pid}@{files.HOST}"]
    return holder.pid


def test_the_next_to_write_there_removes_what_a_killed_process_left(tmp_path, killed):
    (tmp_path / f".out.old-{killed}@{files.HOST}" / "half").mkdir(parents=True)
    files.write(tmp_path / "b.png", b"new")
    assert names(tmp_path) == ["b.png"]


def test_what_may_be_in_use_is_not_removed(tmp_path, killed):
    others = [
        f".a.partial-{os.getppid()}@{files.HOST}",  # of a living process
        f".a.partial-{killed}@another.{files.HOST}",
        f".a.partial-{killed}",
        f".a.{killed}",
        ".mine",
    ]
    for name in others:
        (tmp_path / name).mkdir()
    files.write(tmp_path / "b.png", b"new")
    assert names(tmp_path) == sorted([*others, "b.png"])


def test_processes_that_replace_one_directory_all_end_well(old, tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", REPLACE, old], cwd=ROOT)
        for _ in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert names(tmp_path) == ["a"]
    assert names(old) == ["new"]


def hold(function, path, *arguments):
    """Starts a process that holds a lock."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, function, path, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout.readline() == "locked\n"
    return holder


def end(holder):
    """Kills a process."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()


def test_the_lock_of_a_file_ends_with_its_process(tmp_path):
    path = tmp_path / ".lock"
    assert not files.is_locked(path)
    holder = hold("lock", path, "taken: wait")
    assert files.is_locked(path)
    with pytest.raises(UserError, match="taken: wait"), files.lock(path, "taken: wait"):
        pass
    end(holder)
    assert not files.is_locked(path)
    with files.lock(path, "taken: wait"):
        assert files.is_locked(path)
    assert names(tmp_path) == [".lock"]


def test_an_error_in_the_block_is_no_refusal(tmp_path):
    with pytest.raises(BlockingIOError), files.lock(tmp_path / ".lock", "taken"):
        raise BlockingIOError


def test_a_locked_directory_refuses_others(tmp_path):
    directory = tmp_path / "data" / "a"
    holder = hold("lock_directory", directory)
    problem = f"another process is writing {directory}: wait"
    with pytest.raises(UserError, match=problem), files.lock_directory(directory):
        pass
    end(holder)
    with files.lock_directory(directory):
        (directory / "new").touch()
    assert names(directory) == ["new"]


def test_a_process_that_is_refused_leaves_the_directory_to_the_other(
    tmp_path, monkeypatch
):
    """Both have seen that it is not there yet."""
    directory = tmp_path / "a"
    with files.lock_directory(directory):
        monkeypatch.setattr(type(directory), "exists", lambda _: False)
        with pytest.raises(UserError), files.lock_directory(directory):
            pass
        monkeypatch.undo()
        assert directory.is_dir()


@pytest.mark.parametrize("content", ["none", "own", "before"])
def test_a_locked_directory_stays_if_it_was_there_or_has_content(tmp_path, content):
    directory = tmp_path / "a"
    if content == "before":
        directory.mkdir()
    with files.lock_directory(directory):
        assert directory.is_dir()
        if content == "own":
            (directory / "new").touch()
    assert directory.exists() == (content != "none")
