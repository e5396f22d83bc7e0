"""Bad input: one `error:` line on stderr, exit status 2, no traceback."""

import errno
import subprocess
import sys

import pytest
from absl import flags

from common import cli
from common.errors import UserError

SCRIPTS = ["download.py", "convert.py", "train.py", "eval.py"]


def run(monkeypatch, error):
    def main(_):
        raise error

    monkeypatch.setattr(sys, "argv", ["script"])
    monkeypatch.setattr(flags, "FLAGS", flags.FlagValues())
    cli.run(main, "usage")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UserError("no dataset 'x':\n  download it"), "no dataset 'x': download it"),
        (OSError(errno.ENOSPC, "No space left on device", "data/x"), "data/x"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "data/z"), "data/z"),
        (PermissionError(errno.EACCES, "Permission denied", "data/y"), "data/y"),
    ],
)
def test_what_the_user_can_mend_is_one_line(monkeypatch, capsys, error, text):
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, error)
    assert exit_.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert text in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError("a bug"), FileNotFoundError("a bug")])
def test_a_bug_keeps_its_traceback(monkeypatch, error):
    with pytest.raises(type(error), match="a bug"):
        run(monkeypatch, error)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_lists_the_flags(name, script):
    done = script(name, "--help")
    assert done.returncode == 0
    assert "--data_dir" in done.stdout or "--summary_dir" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_does_not_import_tensorflow(name):
    text = f"import runpy, sys; sys.argv = [{name!r}, '--help']\n"
    text += f"try: runpy.run_path({name!r}, run_name='__main__')\n"
    text += "except SystemExit: assert 'tensorflow' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_flag_is_named(name, script):
    done = script(name, "--nonsense=1")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "nonsense" in done.stderr
    assert done.stderr.count("\n") == 1
