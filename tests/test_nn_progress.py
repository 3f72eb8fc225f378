"""The progress line: on a terminal, in a pipe, with its rate and the time left."""

import io
import os
import subprocess
import sys

import pytest

from autograd_lite.nn.training import progress
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.progress import ProgressLine
from autograd_lite.terminal import duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def epoch(text):
    return text.split("]")[1].split()[0]


def after(epochs, seconds, **lists):
    return History(losses=[1.0 / (k + 1) for k in range(epochs)], seconds=seconds, **lists)


def test_a_terminal_shows_one_line_that_overwrites_itself(clock):
    screen = Terminal()
    line = ProgressLine(10, stream=screen)
    line.update(after(1, 1.0), 1.0)
    line.update(after(2, 2.0), 2.0)  # too soon after the first
    clock[0] += 0.2
    line.update(after(3, 3.0), 3.0)
    history = after(4, 4.0)
    history.stopped, history.reason = "target_loss", "the loss reached 0.3"
    line.close(history)
    shown = screen.getvalue().split("\r")
    assert shown[0] == ""
    assert [epoch(one) for one in shown[1:]] == ["1/10", "3/10", "4/10"]
    assert "\n" not in "".join(shown[:-1])
    assert shown[-1].endswith("the loss reached 0.3\n")


def test_a_shorter_line_covers_a_longer_one(clock):
    screen = Terminal()
    line = ProgressLine(2000, stream=screen)
    line.update(after(1, 4000.0), 1.0)
    clock[0] += 1.0
    line.update(after(1999, 4000.0), 1999.0)
    one, other = screen.getvalue().split("\r")[1:]
    assert len(other.rstrip()) < len(one)
    assert len(other) >= len(one)


def test_a_pipe_gets_nothing_unless_asked_and_then_a_line_now_and_then(clock):
    quiet = io.StringIO()
    line = ProgressLine(10, stream=quiet)
    line.update(after(1, 1.0), 1.0)
    line.close(after(10, 10.0))
    assert quiet.getvalue() == ""
    pipe = io.StringIO()
    line = ProgressLine(10, show=True, stream=pipe)
    for k in range(1, 10):
        clock[0] += 4.0
        line.update(after(k, 4.0 * k), float(k))
    line.close(after(10, 40.0))
    lines = pipe.getvalue().splitlines()
    assert "\r" not in pipe.getvalue()
    assert [epoch(text) for text in lines] == ["3/10", "6/10", "9/10", "10/10"]


def test_a_terminal_is_quiet_if_asked(clock):
    screen = Terminal()
    line = ProgressLine(10, show=False, stream=screen)
    line.update(after(1, 1.0), 1.0)
    line.close(after(10, 10.0))
    assert screen.getvalue() == ""


def test_no_stream_at_all(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    line = ProgressLine(10, show=True)
    line.update(after(1, 1.0), 1.0)
    line.close(after(10, 10.0))


def test_rate_and_time_left():
    line = ProgressLine(100, show=False)
    # 25 epochs in 10 seconds: 2.5 a second, and 75 more take 30 seconds.
    text = line.text(after(25, 10.0), 25.0)
    assert "25/100" in text
    assert "2.5 epochs/s" in text
    assert "30 s left" in text
    # Within an epoch its part counts.
    assert "3 epochs/s" in line.text(after(0, 0.5), 1.5)
    assert "left" not in line.text(after(100, 40.0), 100.0)
    assert "epochs/s" not in line.text(after(0, 0.0), 0.0)


def test_a_resumed_run_has_the_rate_of_its_own():
    line = ProgressLine(100, show=False, begun=after(50, 1000.0))
    text = line.text(after(60, 1005.0), 60.0)
    assert "2 epochs/s" in text
    assert "20 s left" in text


def test_all_that_is_known_is_shown():
    history = after(5, 1.0, accuracies=[0.5], val_losses=[0.25], val_accuracies=[0.875])
    text = ProgressLine(10, show=False).text(history, 5.0)
    assert "loss 0.2  accuracy 50.0%  validation loss 0.25  validation accuracy 87.5%" in text
    assert text.startswith("[============>           ] 5/10")
    assert ProgressLine(10, show=False).text(after(10, 1.0), 10.0).startswith(f"[{'=' * 24}] 10/10")


def test_a_line_fits_its_terminal(monkeypatch):
    """A line that is broken cannot be overwritten."""
    history = after(5, 1.0, accuracies=[0.5], val_losses=[0.25], val_accuracies=[0.875])
    line = ProgressLine(1000, show=False)
    whole = line.text(history, 5.0)
    for columns in range(20, 120):
        text = line.text(history, 5.0, columns)
        assert len(text) <= columns
        assert "5/1000" in text
        assert whole.endswith(text.partition("] ")[2])
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "60")
    ProgressLine(1000, stream=screen).update(history, 5.0)
    assert len(screen.getvalue()) == 60


@pytest.mark.parametrize("columns", [60, 90, 120])
def test_the_reason_stands_on_a_line_of_its_own_if_there_is_no_room(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    history = after(10, 5.0)
    history.stopped, history.reason = "patience", "no improvement for 10 epochs"
    screen = Terminal()
    ProgressLine(100, stream=screen).close(history)
    text = screen.getvalue().removeprefix("\r")
    lines = text.splitlines()
    assert max(map(len, lines)) < columns
    assert lines[-1].endswith(history.reason)
    whole = len(ProgressLine(100, show=False).text(history, 10.0)) + 2 + len(history.reason)
    assert len(lines) == (1 if whole < columns else 2)
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (7300.0, "2 h 1 min"),
        (90000.0, "25 h 0 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


SCRIPT = """
from autograd_lite import nn
model = nn.MLP(1, [1], seed=0)
nn.fit(model, [[0.0], [1.0]], [0.0, 1.0], loss="mse", epochs=3)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_real_terminal_and_a_real_pipe():
    import pty

    main, other = pty.openpty()
    subprocess.run([sys.executable, "-c", SCRIPT], stderr=other, check=True, timeout=60)
    os.close(other)
    screen = os.read(main, 10_000).decode()
    os.close(main)
    assert "\r[" in screen
    assert "3/3" in screen
    assert screen.rstrip().endswith("all 3 epochs are done")
    piped = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, timeout=60)
    assert (piped.stdout, piped.stderr) == (b"", b"")


def test_a_history_says_what_happened_and_why_it_ended():
    history = History([0.7, 0.2], [0.5, 0.75], [0.8, 0.3], [0.25, 0.625], [1.0, 1.0], [0.1, 0.1], "epochs", "all 2 are done")
    said = ["2 epochs", "loss 0.7 -> 0.2", "accuracy 75.0%", "validation loss 0.3", "validation accuracy 62.5%"]
    assert str(history) == ", ".join(said) + "; all 2 are done"
    assert str(History([0.5])) == "1 epoch, loss 0.5 -> 0.5"
    assert str(History()) == "0 epochs"
