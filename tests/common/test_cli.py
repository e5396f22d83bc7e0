"""Bad input: one `error:` line on stderr, exit status 2, no traceback."""

import errno
import os
import pathlib
import signal
import subprocess
import sys

import pytest
from absl import flags

from common import cli
from common.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]
SCRIPTS = ["download.py", "convert.py", "train.py", "eval.py"]


def run(monkeypatch, error):
    def main(_):
        raise error

    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
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
        (FileNotFoundError(errno.ENOENT, "No such file", "/proc/x"), "/proc/x"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
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


def test_a_reader_that_has_gone_is_no_error():
    """As in `python train.py --list_recipes | head`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, ROOT / "train.py", "--list_recipes"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (cli.READER_GONE, b"")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_the_start_says_how_to_start_again(sent):
    text = f"""import os, sys, time
from common import cli
sys.argv = ["train.py", "--name", "a b"]
cli.flags.DEFINE_string("name", "", "")
cli.run(lambda _: os.kill(os.getpid(), {int(sent)}) or time.sleep(9), "usage")"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.returncode == 128 + sent
    assert done.stderr == "stopped; again: python train.py --name 'a b'\n"


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
