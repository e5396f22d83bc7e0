"""Which files are taken: links, system folders, suffixes."""

import pytest
from drawn_files import files_below

from datasets.sources import selection


def walked(folder):
    left = selection.Leftovers()
    return sorted(selection.walk(folder, left)), left.as_json()


@pytest.mark.parametrize(
    "folder",
    ["__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", ".Trash-1000"],
)
def test_folders_of_systems_are_left_wherever_they_lie(tmp_path, folder):
    names = [f"{folder}/1.png", f"a/{folder}/2.png", f"a/{folder.upper()}/b/3.png"]
    files_below(tmp_path, dict.fromkeys(["a/4.png", *names], b""))
    taken, left = walked(tmp_path)
    assert taken == ["a/4.png"]
    assert sum(counts[".png"] for counts in left.values()) == 3


def test_a_class_may_begin_with_any_letter(tmp_path):
    names = ["#cats/1.png", "@home/2.png", "~x/3.png"]
    files_below(tmp_path, dict.fromkeys(names, b""))
    assert walked(tmp_path) == (sorted(names), {})


def test_linked_folders_are_followed_and_loops_are_not(tmp_path):
    files_below(tmp_path, {"elsewhere/1.png": b"", "set/dogs/2.png": b""})
    (tmp_path / "set/cats").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set/dogs/all").symlink_to(tmp_path / "set")
    (tmp_path / "set/dogs/me").symlink_to(tmp_path / "set/dogs")
    (tmp_path / "set/gone.png").symlink_to(tmp_path / "nowhere")
    taken, left = walked(tmp_path / "set")
    assert taken == ["cats/1.png", "dogs/2.png"]
    assert left == {
        selection.BROKEN: {".png": 1},
        selection.LOOP: {"no suffix": 2},
    }


def test_what_is_left_is_counted_by_suffix(tmp_path):
    names = ["1.png", "a.txt", "b.TXT", "c.svg", "LICENSE", ".DS_Store"]
    files_below(tmp_path, dict.fromkeys(names, b""))
    taken, left = walked(tmp_path)
    assert taken == ["1.png"]
    assert left == {
        selection.HIDDEN: {"no suffix": 1},
        selection.NO_IMAGE: {".svg": 1, ".txt": 2, "no suffix": 1},
    }
    assert selection.Leftovers.of(left).as_json() == left
