"""The progress line: epoch, loss, accuracy, rate and time left, as plain text on stderr."""

import shutil
import sys
import time
from typing import Literal, TextIO

from autograd_lite.nn.training.history import History
from autograd_lite.terminal import behind_bar, duration, emit, is_terminal, write

Progress = bool | Literal["auto"]


class ProgressLine:
    """Writes a line that overwrites itself on a terminal; without one, a line now and then.

    Parameters
    ----------
    epochs : int
        How many there are to do, at most.
    show : bool or "auto"
        "auto": only if stderr is a terminal.
    begun : History, optional
        What was done before, in a run that is resumed.
    stream : text file, optional
        Instead of stderr.

    Examples
    --------
    >>> line = ProgressLine(10, show=False)
    >>> line.text(History(losses=[0.5, 0.25], accuracies=[0.5, 0.75], seconds=4.0), done=2.0)
    '[====>                   ] 2/10  loss 0.25  accuracy 75.0%  0.5 epochs/s  16 s left'
    """

    #: Seconds between two lines.
    _PAUSE = 0.1
    _PAUSE_WITHOUT_TERMINAL = 10.0

    def __init__(
        self, epochs: int, show: Progress = "auto", begun: History | None = None, stream: TextIO | None = None
    ) -> None:
        self.epochs = epochs
        self._stream = sys.stderr if stream is None else stream
        # Under pythonw there is no stderr at all.
        self._terminal = is_terminal(self._stream)
        self._on = self._stream is not None and (self._terminal if show == "auto" else bool(show))
        self._next = 0.0 if self._terminal else time.monotonic() + self._PAUSE_WITHOUT_TERMINAL
        # A resumed run begins with the epochs and seconds of the earlier one: the rate shown is that of this one.
        self._begun, self._before = (begun.epochs, begun.seconds) if begun is not None else (0, 0.0)
        self._width = 0

    def update(self, history: History, done: float) -> None:
        """Show where training is, if it is time to; `done` epochs, fractions included."""
        if self._on and time.monotonic() >= self._next:
            self._write(self.text(history, done, self._columns()))

    def close(self, history: History) -> None:
        """Show the last state and why it ended."""
        if self._on:
            columns = self._columns()
            text = self.text(history, history.epochs, columns)
            room = columns is None or len(text) + 2 + len(history.reason) <= columns
            self._write(f"{text}{'  ' if room else chr(10)}{history.reason}")
            if self._terminal:
                write(self._stream, "\n")

    def text(self, history: History, done: float, columns: int | None = None) -> str:
        """The line; with `columns`, no longer than that: the bar gives way first, then what stands last."""
        parts = [f"{int(done)}/{self.epochs}", *history.measures]
        seconds = history.seconds - self._before
        if seconds > 0.0 and done > self._begun:
            rate = (done - self._begun) / seconds
            parts.append(f"{rate:.3g} epochs/s")
            if done < self.epochs and not history.stopped:
                parts.append(f"{duration((self.epochs - done) / rate)} left")
        return behind_bar("  ".join(parts), done / self.epochs, columns)

    def _columns(self) -> int | None:
        """The width of the terminal: a longer line would be broken, and what is broken cannot be overwritten."""
        # The last column is left free, where some terminals break already.
        return max(20, shutil.get_terminal_size().columns) - 1 if self._terminal else None

    def _write(self, text: str) -> None:
        if self._terminal:
            padding = " " * (self._width - len(text))
            emit(self._stream, f"\r{text}{padding}")
            self._width = len(text)
            self._next = time.monotonic() + self._PAUSE
        else:
            write(self._stream, text + "\n")
            self._next = time.monotonic() + self._PAUSE_WITHOUT_TERMINAL
