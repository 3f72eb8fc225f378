"""Tables for whatever is looking: `rich` where it is installed and the terminal takes it, aligned ASCII text elsewhere.

Where colour and lines are not wanted (NO_COLOR, TERM=dumb, a pipe, a narrow window, an encoding without line-drawing
characters) the text is plain; what an encoding lacks is escaped, never an exception.
"""

import html
import os
import shutil
import sys
import unicodedata
from collections.abc import Collection, Sequence
from typing import IO, TextIO

#: Below so many columns a table is not drawn; each row becomes a line.
NARROW = 60


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
    drop_empty : bool, default False
        Whether a column without any text is left out.

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
        drop_empty: bool = False,
    ) -> None:
        kept = [k for k in range(len(columns)) if not drop_empty or not rows or any(row[k] for row in rows)]
        self.columns = [columns[k] for k in kept]
        self.rows = [[row[k] for k in kept] for row in rows]
        self.title = title
        self.right = {place for place, k in enumerate(kept) if k in right}

    def __str__(self) -> str:
        cells = [self.columns, ["-" * width_of(name) for name in self.columns], *self.rows]
        widths = [max(width_of(row[k]) for row in cells) for k in range(len(self.columns))]
        cells[1] = ["-" * width for width in widths]
        lines = ["  ".join(self._aligned(text, k, widths[k]) for k, text in enumerate(row)).rstrip() for row in cells]
        return "\n".join([self.title, *lines] if self.title else lines)

    __repr__ = __str__

    def _aligned(self, text: str, k: int, width: int) -> str:
        space = " " * (width - width_of(text))
        return space + text if k in self.right else text + space

    def show(self, stream: TextIO | None = None) -> None:
        """Write the table to a stream, `sys.stdout` if left out, in the best form that it takes."""
        out = sys.stdout if stream is None else stream
        if takes_rich(out) and self._rich(out):
            return
        columns = shutil.get_terminal_size().columns
        text = str(self)
        if is_terminal(out) and max(map(width_of, text.splitlines()), default=0) > columns:
            text = self._narrow()
        write(out, text + "\n")

    def _narrow(self) -> str:
        """A line for each row, without alignment."""
        lines = ["  ".join(text for text in row if text) for row in self.rows]
        return "\n".join([self.title, *lines] if self.title else lines)

    def _rich(self, out: TextIO) -> bool:
        try:
            from rich.box import SIMPLE_HEAD
            from rich.console import Console
            from rich.table import Table as RichTable
            from rich.text import Text
        except ImportError:
            return False
        drawn = RichTable(title=Text(self.title) if self.title else None, box=SIMPLE_HEAD, title_justify="left")
        for k, name in enumerate(self.columns):
            drawn.add_column(Text(name), justify="right" if k in self.right else "left", overflow="fold")
        for row in self.rows:
            style = "bold" if row and row[0] == ">" else "dim" if row and row[0] == "*" else ""
            drawn.add_row(*[Text(text) for text in row], style=style)
        Console(file=out).print(drawn)
        return True

    def _repr_html_(self) -> str:
        def row(cells: Sequence[str], tag: str) -> str:
            side = [
                " style='text-align:right'" if k in self.right else " style='text-align:left'" for k in range(len(cells))
            ]
            return "<tr>" + "".join(f"<{tag}{side[k]}>{html.escape(c)}</{tag}>" for k, c in enumerate(cells)) + "</tr>"

        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        body = "".join(row(cells, "td") for cells in self.rows)
        return f"<table>{caption}<thead>{row(self.columns, 'th')}</thead><tbody>{body}</tbody></table>"


def width_of(text: str) -> int:
    """How many columns a terminal needs: Korean and other wide characters take two.

    >>> width_of("loss"), width_of("손실")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is looking."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def takes_rich(stream: TextIO) -> bool:
    """Whether lines and weights are welcome: a wide terminal with an encoding that has them, and nothing said against."""
    if (
        not is_terminal(stream)
        or os.environ.get("NO_COLOR")
        or os.environ.get("TERM", "dumb" if os.name != "nt" else "") == "dumb"
    ):
        return False
    try:
        "─".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return shutil.get_terminal_size().columns >= NARROW


def write(stream: IO[str], text: str) -> None:
    """Write text; what the stream's encoding lacks becomes an escape.

    >>> import io
    >>> raw = io.BytesIO(); out = io.TextIOWrapper(raw, encoding="cp437", newline="\\n")
    >>> write(out, "손실 = 1.0"); out.flush(); raw.getvalue()
    b'\\\\uc190\\\\uc2e4 = 1.0'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)


__all__ = ["Table", "is_terminal", "takes_rich", "width_of", "write"]
