"""What a user sees of a mistake: one line, exit status 2, nothing half-written."""

import subprocess
import sys
from pathlib import Path

import pytest
from drawn_files import files_below, flat

ROOT = Path(__file__).parents[2]
# Takes from root what lets it ignore permissions (capabilities 1 and 2 of
# capabilities(7), by PR_CAPBSET_DROP of prctl(2)), then becomes another program.
BOUND = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def assert_one_error(result, problem):
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    (line,) = [line for line in lines if not line.startswith("converting ")]
    assert line.startswith("error: ")
    assert problem in line


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["download.py", "imagenet"], "no dataset 'imagenet'"),
        (["download.py", "folder", "../x", "--source", "."], "use letters"),
        (["download.py", "mnist", "--sauce", "x"], "sauce"),
        (["download.py", "paired", "mine"], "paired mine: --source DIR is missing"),
        (["download.py", "unpaired", "maps", "--source", "."], "'maps' is taken"),
        (["download.py", "horse2zbera"], "known are digits, mnist"),
        (["convert.py", "mnist"], "python download.py mnist"),
        (["convert.py", "facades"], "python download.py facades"),
        (["convert.py", "--image_size", "big"], "image_size"),
        (["convert.py", "--resize", "lanczos"], "legacy"),
    ],
)
def test_a_wrong_command_line(tmp_path, arguments, problem, script):
    result = script(*arguments, "--data_dir", tmp_path / "data")
    assert_one_error(result, problem)
    assert not (tmp_path / "data").exists()


def test_a_pair_of_odd_width(tmp_path, script):
    contents = {"1.png": flat(1, 1), "2.png": flat(2, size=(33, 16))}
    source = files_below(tmp_path / "x", contents)
    data_dir = ["--data_dir", tmp_path / "data"]
    assert not script(
        "download.py", "paired", "x", "--source", source, *data_dir
    ).stderr
    result = script("convert.py", "x", "--workers", 2, *data_dir)
    assert_one_error(result, "2.png is 33x16: an odd width")
    assert [path.name for path in (tmp_path / "data/x").iterdir()] == ["raw"]


def test_a_web_page_in_place_of_the_archive(tmp_path, script):
    page = tmp_path / "img_align_celeba.zip"
    page.write_text("<!doctype html><html><title>Google Drive - Quota exceeded")
    data_dir = tmp_path / "data"
    result = script("download.py", "celeba", "--source", page, "--data_dir", data_dir)
    assert_one_error(result, "quota")
    assert not list(data_dir.iterdir())


def test_a_directory_without_write_permission(tmp_path):
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o500)
    script = [ROOT / "download.py", "digits", f"--data_dir={data_dir}"]
    command = [sys.executable, "-c", BOUND, *script]
    result = subprocess.run(command, capture_output=True, text=True)
    assert_one_error(result, "Permission denied")
    assert not list(data_dir.iterdir())


@pytest.mark.parametrize("name", ["download.py", "convert.py"])
def test_help_lists_the_flags(name, script):
    result = script(name, "--help")
    assert result.returncode == 0
    assert "--data_dir" in result.stdout
