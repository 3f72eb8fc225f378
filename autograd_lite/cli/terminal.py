"""What a command prints: results on standard output, notes and progress on standard error."""

import json
import sys
from typing import Any

import click

from autograd_lite.terminal import ProgressLine, aligned, columns_of, encodable, fit, printable, takes_colour, write


class Terminal:
    """Standard output and error, as they are.

    Parameters
    ----------
    quiet : bool, default False
        Whether notes and progress are left out.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.out, self.err, self.quiet = sys.stdout, sys.stderr, quiet

    def result(self, text: str = "", *, fitted: bool = False) -> None:
        """A line of the answer; `fitted`, broken where the terminal is narrow."""
        write(self.out, (fit(encodable(text, self.out), columns_of(self.out)) if fitted else text) + "\n")

    def json(self, thing: Any) -> None:
        """One line of JSON."""
        self.result(json.dumps(thing, ensure_ascii=False))

    def heading(self, text: str) -> None:
        """A line above others, bold where that can be shown."""
        self.result(click.style(text, bold=True) if takes_colour(self.out) else text)

    def rows(self, rows: list[list[str]]) -> None:
        """Lines with their texts below each other; broken where the terminal is narrow."""
        self.result("\n".join(aligned([[printable(cell) for cell in row] for row in rows])), fitted=True)

    def note(self, text: str) -> None:
        """A line about the work; not written if quiet."""
        if not self.quiet:
            write(self.err, fit(encodable(text, self.err), columns_of(self.err)) + "\n")

    def progress(self, total: int, unit: str) -> ProgressLine:
        """A line that tells how far the work is; silent if quiet."""
        return ProgressLine(total, unit, None if self.quiet else self.err)
