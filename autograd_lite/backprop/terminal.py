"""Text for whatever is looking: a terminal or a pipe, how wide, in what encoding, with colours or without; and tables for it.

Where colour and lines are not wanted (NO_COLOR, TERM=dumb, a pipe, a narrow window, an encoding without line-drawing
characters, `rich` not installed) a table is aligned plain text; what an encoding lacks is escaped, never an exception.
"""

import html
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import IO

#: Below so many columns a table is not drawn; each row becomes a line, or a few.
NARROW = 60
#: Where lines are broken, the best places first: at gaps and parentheses, before an equals sign, after a comma or before an
#: operator, at any space.
_SEAMS = [re.compile(seam) for seam in (r" {2,}(?=\S)| (?=\()", r" (?== )", r"(?<=[,;:]) | (?=<- |[*+] )", " ")]
#: The first column of a list: what comes after it is broken into a column of its own, if there is room.
_ENTRY = re.compile(r"\S+(?: \S+)* {2,}(?=\S)")
#: What stands before a line and stands before the lines it is broken into, too: spaces, and the branches of a tree.
_MARGIN = re.compile(r"[ |]*(?:[+`]-- )?")


def width_of(text: str) -> int:
    """How many columns a terminal needs: Korean and other wide characters take two.

    >>> width_of("loss"), width_of("손실")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person is looking."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def columns_of(stream: IO[str]) -> int | None:
    """How wide the terminal is; None for a pipe or a file, which takes lines of any length."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


def takes_rich(stream: IO[str]) -> bool:
    """Whether lines and weights are welcome: a wide terminal that writes Unicode, and nothing said against."""
    if os.environ.get("NO_COLOR") or (os.environ.get("TERM") or ("" if os.name == "nt" else "dumb")) == "dumb":
        return False
    return (columns_of(stream) or 0) >= NARROW and (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def encodable(text: str, stream: IO[str]) -> str:
    """`text` with what the stream's encoding lacks as escapes.

    >>> import io
    >>> encodable("손실 = 1.0", io.TextIOWrapper(io.BytesIO(), encoding="cp437"))
    '\\\\uc190\\\\uc2e4 = 1.0'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:  # an encoding that Python does not know
        return text.encode("ascii", "backslashreplace").decode("ascii")


def fit(text: str, columns: int | None) -> str:
    """`text` with long lines broken where they can be read on: before an equals sign or a parenthesis, else at a space.

    Parameters
    ----------
    text : str
    columns : int or None
        None leaves lines as long as they are.

    Examples
    --------
    >>> print(fit("  dL/dw += dL/dv1 * dv1/dw = 4.0 * 3.0 = 12.0   (w.grad: 0 -> 12.0)", 40))
      dL/dw += dL/dv1 * dv1/dw
          = 4.0 * 3.0 = 12.0
          (w.grad: 0 -> 12.0)
    """
    if columns is None or columns < 12:
        return text
    return "\n".join(broken for line in text.split("\n") for broken in _broken(line, columns))


def _broken(line: str, columns: int) -> list[str]:
    found, entry = _MARGIN.match(line), _ENTRY.match(line)
    margin = found.group() if found else ""
    hanging = " " * entry.end() if entry and entry.end() <= columns // 3 else "    "
    if margin:
        hanging = re.sub(r"[+`]-- $", lambda branch: "|   " if branch.group()[0] == "+" else "    ", margin) + "    "
    if len(hanging) > columns // 2:
        hanging = "    "
    lines, rest, start = [], line, len(margin)
    while width_of(rest) > columns:
        at = _seam(rest, start, sum(width <= columns for width in accumulate(map(width_of, rest))))
        lines.append(rest[:at].rstrip())
        rest, start = hanging + rest[at:].lstrip(), len(hanging)
    return [*lines, rest] if rest.strip() or not lines else lines


def _seam(text: str, start: int, reach: int) -> int:
    """Where to break `text` so that its beginning takes `reach` characters at most."""
    for rank, seam in enumerate(_SEAMS):
        found = [m.start() for m in seam.finditer(text) if start < m.start() <= reach]
        # Not so early that the line is nearly empty, if another place will do.
        far = [at for at in found if at >= reach // 2 or rank == len(_SEAMS) - 1]
        if far:
            return far[0] if rank == 1 else far[-1]
    return reach


class Table:
    """Rows of texts that show themselves: `print(table)`, `table.show()`, in a notebook as HTML.

    Parameters
    ----------
    columns : sequence of str
        The headings.
    rows : sequence of sequence of str
        One text for each column.
    title : str, optional
    right : collection of int, optional
        The columns to align to the right.
    named : bool, default True
        Whether cells need their headings where there is no room for columns.

    Examples
    --------
    >>> print(Table(["node", "gradient"], [["w", "5.0"], ["x", "-2.0"]], right={1}))
    node  gradient
    ----  --------
    w          5.0
    x         -2.0
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        title: str = "",
        right: Collection[int] = (),
        named: bool = True,
    ) -> None:
        self.columns, self.rows, self.title, self.right, self.named = columns, rows, title, right, named

    def __str__(self) -> str:
        widths = [max(map(width_of, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self._line(row, widths) for row in (self.columns, ["-" * width for width in widths], *self.rows)]
        return "\n".join([self.title, *lines] if self.title else lines)

    __repr__ = __str__

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        gaps = [" " * (width - width_of(text)) for text, width in zip(cells, widths, strict=True)]
        aligned = [
            gap + text if k in self.right else text + gap for k, (text, gap) in enumerate(zip(cells, gaps, strict=True))
        ]
        return "  ".join(aligned).rstrip()

    def show(self, stream: IO[str] | None = None) -> None:
        """Write the table to a stream, `sys.stdout` if left out, in the best form that it takes."""
        out = sys.stdout if stream is None else stream
        # What the encoding lacks stands there as escapes, which are wider than what they stand for.
        columns, *rows = [[encodable(text, out) for text in row] for row in (self.columns, *self.rows)]
        table = Table(columns, rows, title=encodable(self.title, out), right=self.right, named=self.named)
        room = columns_of(out)
        fits = room is None or max(map(width_of, str(table).splitlines()), default=0) <= room
        if not (fits and takes_rich(out) and table._rich(out)):
            out.write((str(table) if fits else fit(table._narrow(), room)) + "\n")

    def _narrow(self) -> str:
        """A line for each row, without alignment."""
        lines = []
        for first, *rest in self.rows:
            cells = [
                f"{name}: {text}" if self.named else text for name, text in zip(self.columns[1:], rest, strict=True) if text
            ]
            lines.append("  ".join([first or " ", *cells]))
        return "\n".join([self.title, *lines] if self.title else lines)

    def _rich(self, out: IO[str]) -> bool:
        try:
            from rich.box import SIMPLE_HEAD
            from rich.console import Console
            from rich.table import Table as RichTable
            from rich.text import Text
        except ImportError:
            return False

        # As narrow as the plain text, so that what fits there fits here.
        drawn = RichTable(
            title=Text(self.title) if self.title else None, title_justify="left", box=SIMPLE_HEAD, show_edge=False,
            pad_edge=False, padding=(0, 1, 0, 0),
        )  # fmt: skip
        for k, name in enumerate(self.columns):
            drawn.add_column(Text(name), justify="right" if k in self.right else "left", overflow="fold")
        for row in self.rows:
            style = "bold" if row and row[0] == ">" else "dim" if row and row[0] == "*" else ""
            drawn.add_row(*map(Text, row), style=style)
        Console(file=out).print(drawn)
        return True

    def _repr_html_(self) -> str:
        def row(cells: Sequence[str], tag: str) -> str:
            sides = ["right" if k in self.right else "left" for k in range(len(cells))]
            made = [f"<{tag} style='text-align:{s}'>{html.escape(c)}</{tag}>" for s, c in zip(sides, cells, strict=True)]
            return f"<tr>{''.join(made)}</tr>"

        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        body = "".join(row(cells, "td") for cells in self.rows)
        return f"<table>{caption}<thead>{row(self.columns, 'th')}</thead><tbody>{body}</tbody></table>"


__all__ = ["NARROW", "Table", "columns_of", "encodable", "fit", "is_terminal", "takes_rich", "width_of"]
