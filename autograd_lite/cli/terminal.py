"""Writing to whatever is on the other side: a terminal, a pipe, a file, an old encoding.

What is a result goes to standard output, what is about the work (progress, notes) to standard error.  Characters that an
encoding does not have become plain ones, colour is only for terminals that want it, and the progress bar is only drawn
where a line can be overwritten.
"""

import os
import shutil
import sys
import time
from typing import TextIO

_PLAIN = str.maketrans({"█": "#", "░": ".", "→": "->", "·": "*", "×": "x", "–": "-", "…": "...", "²": "^2"})
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


class Terminal:
    """Standard output and error, as they are.

    Parameters
    ----------
    out, err : text streams, optional
        `sys.stdout` and `sys.stderr` if left out.
    quiet : bool, default False
        Whether notes and progress are left out.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None, *, quiet: bool = False) -> None:
        self.out: TextIO | None = out if out is not None else sys.stdout
        self.err: TextIO | None = err if err is not None else sys.stderr
        self.quiet = quiet

    def result(self, text: str = "") -> None:
        """A line of the answer."""
        write(self.out, text + "\n")

    def note(self, text: str) -> None:
        """A line about the work; not written if quiet."""
        if not self.quiet:
            write(self.err, text + "\n")

    def error(self, text: str) -> None:
        """A line about what is wrong."""
        write(self.err, text + "\n")

    def colour(self, text: str, name: str, stream: TextIO | None = None) -> str:
        """`text` in a colour where the stream shows colours."""
        return f"\033[{_COLOURS[name]}m{text}\033[0m" if wants_colour(stream or self.out) else text


def wants_colour(stream: TextIO | None) -> bool:
    """Whether to colour: a terminal, and neither NO_COLOR nor TERM=dumb says otherwise."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is looking."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def encodable(text: str, stream: TextIO | None) -> str:
    """`text` with only characters that the stream's encoding has.

    >>> import io
    >>> encodable("█ → 가", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    '# -> \\\\uac00'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def write(stream: TextIO | None, text: str) -> None:
    """Write `text` at once, in letters that the stream has."""
    if stream is None:  # it was closed before Python started
        return
    stream.write(encodable(text, stream))
    stream.flush()


class Progress:
    """A progress bar for a terminal; elsewhere a line now and then.

    Parameters
    ----------
    terminal : Terminal
    total : int
        The number of epochs, or of what `unit` says.
    unit : str, default "epoch"
    """

    def __init__(self, terminal: Terminal, total: int, unit: str = "epoch") -> None:
        self.terminal, self.total, self.unit = terminal, max(total, 1), unit
        self.live = is_terminal(terminal.err) and os.environ.get("TERM") != "dumb" and not terminal.quiet
        self.start = time.monotonic()
        self._drawn = 0.0
        self._noted = 0
        self._open = False

    def update(self, done: int, **numbers: float) -> None:
        """Show that `done` epochs are over, with `loss`, `accuracy` and what else there is."""
        now = time.monotonic()
        if self.live:
            if now - self._drawn >= 0.05 or done >= self.total:
                self._drawn = now
                self._draw(done, numbers, now - self.start)
        elif done >= self.total or done * 10 // self.total > self._noted:
            self._noted = done * 10 // self.total
            self.terminal.note(f"{self.unit} {done}/{self.total}  {_numbers(numbers)}")

    def close(self) -> None:
        """End the line of the bar."""
        if self._open:
            write(self.terminal.err, "\n")
            self._open = False

    def _draw(self, done: int, numbers: dict[str, float], seconds: float) -> None:
        width = shutil.get_terminal_size((80, 24)).columns - 1
        left = seconds / done * (self.total - done) if done else 0.0
        counted = f" {done}/{self.total}  "
        told = _numbers(numbers)
        rate = f"  {done / seconds if seconds else 0.0:.1f}/s  {_clock(left)} left"
        # On a narrow terminal first the rate goes, then the bar.
        bar = min(30, width - len(counted) - len(told) - len(rate) - 2)
        if bar < 8:
            rate = ""
            bar = min(30, width - len(counted) - len(told) - 2)
        full = round(max(bar, 0) * done / self.total)
        line = (f"|{'█' * full}{'░' * (bar - full)}|" if bar >= 5 else "") + counted + told + rate
        line = encodable(line, self.terminal.err)[:width]
        write(self.terminal.err, f"\r{line}\033[K")
        self._open = True


def _numbers(numbers: dict[str, float]) -> str:
    return "  ".join(
        f"{name} {value:.1%}" if "accuracy" in name else f"{name} {value:.4g}" for name, value in numbers.items()
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
