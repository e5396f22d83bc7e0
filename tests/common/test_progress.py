"""Progress in a terminal and in a log."""

import io

from common import progress


class Terminal(io.StringIO):
    """A terminal of a width that tqdm cannot ask for."""

    def isatty(self):
        return True


def test_what_is_soon_over_is_not_in_a_log():
    log = io.StringIO()
    assert list(progress.Progress(range(3), "checkpoints", file=log)) == [0, 1, 2]
    assert log.getvalue() == ""


def test_a_log_has_a_line_every_thirty_seconds(monkeypatch):
    now, log = [0.0], io.StringIO()
    monkeypatch.setattr(progress.tqdm.std, "time", lambda: now[0])
    with progress.Progress(desc="images", total=1000, file=log) as bar:
        for second in range(70):
            now[0] = float(second)
            bar.update(10)
    lines = log.getvalue().splitlines()
    assert lines == ["images 310 of 1,000, 00:30", "images 610 of 1,000, 01:00"]


def test_without_a_total_a_log_says_how_many(monkeypatch):
    now, log = [0.0], io.StringIO()
    monkeypatch.setattr(progress.tqdm.std, "time", lambda: now[0])
    with progress.Progress(desc="bytes copied", file=log) as bar:
        now[0] = 61.0
        bar.update(5000)
    assert log.getvalue() == "bytes copied 5,000, 01:01\n"


def test_a_terminal_has_a_bar():
    terminal = Terminal()
    list(progress.Progress(range(3), "checkpoints", file=terminal))
    assert "checkpoints: 100%|" in terminal.getvalue()


def test_what_is_disabled_says_nothing():
    log = io.StringIO()
    assert list(progress.Progress(range(2), "runs", file=log, disable=True)) == [0, 1]
    assert log.getvalue() == ""
