"""What a command prints: results on standard output, notes and progress on standard error.

All of it is lines, in which no name can break or command anything (`printable`); only a `document` is written as it is, to
whatever reads it, if that is not a terminal.
"""

import json
import sys
from typing import IO, Any

import click

from autograd_lite.terminal import (
    ProgressLine,
    aligned,
    columns_of,
    emit,
    encodable,
    fit,
    is_terminal,
    json_text,
    printable,
    takes_colour,
    write,
)


class Terminal:
    """Standard output and error, as they are.

    Parameters
    ----------
    quiet : bool, default False
        Whether notes and progress are left out.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.out, self.err, self.quiet = sys.stdout, sys.stderr, quiet

    def result(self, text: str = "") -> None:
        """A line of the answer, broken where the terminal is narrow."""
        self._line(self.out, printable(text))

    def document(self, text: str) -> None:
        """A text of several lines: byte for byte for a file or a program, harmless on a terminal."""
        text = text.rstrip("\n") + "\n"
        emit(self.out, printable(text, "\n\t") if is_terminal(self.out) else text)

    def json(self, thing: Any) -> None:
        """One line of JSON."""
        text = json_text(thing)
        emit(self.out, (text if encodable(text, self.out) == text else json.dumps(thing)) + "\n")

    def heading(self, text: str) -> None:
        """A line above others, bold where that can be shown."""
        text = printable(text)
        emit(self.out, (click.style(text, bold=True) if takes_colour(self.out) else text) + "\n")

    def rows(self, rows: list[list[str]]) -> None:
        """Lines with their texts below each other; broken where the terminal is narrow."""
        for line in aligned([[printable(cell) for cell in row] for row in rows]):
            self._line(self.out, line)

    def note(self, text: str) -> None:
        """A line about the work; not written if quiet."""
        if not self.quiet:
            self._line(self.err, printable(text))

    def _line(self, stream: IO[str], text: str) -> None:
        write(stream, fit(encodable(text, stream), columns_of(stream)) + "\n")

    def progress(self, total: int, unit: str) -> ProgressLine:
        """A line that tells how far the work is; silent if quiet."""
        return ProgressLine(total, unit, None if self.quiet else self.err)
