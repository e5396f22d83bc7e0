"""What a user sees of a mistake: one line, exit status 2, nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def script(*arguments):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def assert_one_error(result, problem):
    assert result.returncode == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert problem in last
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["download.py", "imagenet"], "no dataset 'imagenet'"),
        (["download.py", "folder", "../x", "--source", "."], "use letters"),
        (["download.py", "mnist", "--sauce", "x"], "sauce"),
        (["convert.py", "mnist"], "python download.py mnist"),
        (["convert.py", "--image_size", "big"], "image_size"),
        (["convert.py", "--resize", "lanczos"], "legacy"),
    ],
)
def test_a_wrong_command_line(tmp_path, arguments, problem):
    result = script(*arguments, "--data_dir", tmp_path / "data")
    assert_one_error(result, problem)
    assert not (tmp_path / "data").exists()


def test_a_web_page_in_place_of_the_archive(tmp_path):
    page = tmp_path / "img_align_celeba.zip"
    page.write_text("<!doctype html><html><title>Google Drive - Quota exceeded")
    data_dir = tmp_path / "data"
    result = script("download.py", "celeba", "--source", page, "--data_dir", data_dir)
    assert_one_error(result, "quota")
    assert not list(data_dir.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_directory_without_write_permission(tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)
    result = script("download.py", "digits", "--data_dir", tmp_path / "data")
    assert_one_error(result, "Permission denied")


@pytest.mark.parametrize("name", ["download.py", "convert.py"])
def test_help_lists_the_flags(name):
    result = script(name, "--help")
    assert result.returncode == 0
    assert "--data_dir" in result.stdout
