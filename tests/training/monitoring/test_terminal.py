"""What a person sees of a training, in a terminal and in a log file."""

import re
import sys
import time

import pytest

from training.monitoring import terminal

VALUES = {
    "d_loss": 0.693147, "d_loss_real": 0.7, "g_loss": 12.5, "images_per_second": 99.0,
    "data_wait": 0.004,
}  # fmt: skip


@pytest.fixture
def bar(monkeypatch, request):
    """A bar in a terminal of so many columns."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with terminal.Bar("celeba-ebgan-quarter-width", 833, 2184) as bar:
        bar.dynamic_ncols, bar.ncols = None, request.param
        time.sleep(0.01)
        bar.update(10)
        bar.tell(843, VALUES)
        yield bar


@pytest.mark.parametrize(
    ("bar", "name", "losses"),
    [
        (60, "", " left"),
        (80, "", ", d_loss 0.693 g_loss 12.5"),
        (120, r"celeba-ebgan-quar\.\.\. ", ", d_loss 0.693 g_loss 12.5"),
    ],
    indirect=["bar"],
)
def test_bar_rate_and_time_left_have_their_place_and_then_losses(bar, name, losses):
    text = str(bar)
    progress = r" 39%\|\S+ *\| 843/2184 +[\d.]+step/s \S+ left"
    assert re.match(name + progress, text), text
    assert text.endswith(losses)
    assert len(text) <= bar.ncols


def test_without_a_terminal_each_log_is_a_line(capsys):
    with terminal.Bar("a", 0, 1000) as bar:
        bar.update(10)
        bar.tell(10, VALUES)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("step 10 of 1,000  d_loss 0.6931  d_loss_real 0.7  g_loss")
    assert line.endswith("data 0.4 %")


def test_without_a_terminal_nothing_is_silent_for_long(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now[0])
    with terminal.Bar("a", 100, 1000) as bar:
        for _ in range(9):
            now[0] += 10.0
            bar.update(5)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "step 120 of 1,000  0.5 steps/s, 29:20 left",
        "step 140 of 1,000  0.5 steps/s, 28:40 left",
    ]
