"""Tables for whatever is looking: `rich` where it is installed and the terminal takes it, aligned ASCII text elsewhere.

Where colour and lines are not wanted (NO_COLOR, TERM=dumb, a pipe, a narrow window, an encoding without line-drawing
characters) the text is plain; what an encoding lacks is escaped, never an exception.
"""

import html
import sys
from collections.abc import Collection, Sequence
from typing import IO

from autograd_lite.backprop.terminal import columns_of, encodable, fit, takes_rich, width_of


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
        drop_empty: bool = False,
        named: bool = True,
    ) -> None:
        kept = [k for k in range(len(columns)) if not drop_empty or not rows or any(row[k] for row in rows)]
        self.columns = [columns[k] for k in kept]
        self.rows = [[row[k] for k in kept] for row in rows]
        self.title, self.named = title, named
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

    def show(self, stream: IO[str] | None = None) -> None:
        """Write the table to a stream, `sys.stdout` if left out, in the best form that it takes."""
        out = sys.stdout if stream is None else stream
        table = self._written_for(out)
        columns = columns_of(out)
        fits = columns is None or max(map(width_of, str(table).splitlines()), default=0) <= columns
        if not (fits and takes_rich(out) and table._rich(out)):
            out.write((str(table) if fits else fit(table._narrow(), columns)) + "\n")

    def _written_for(self, out: IO[str]) -> "Table":
        """The table with what the stream's encoding lacks as escapes, which are wider than what they stand for."""
        rows = [[encodable(text, out) for text in row] for row in self.rows]
        columns = [encodable(name, out) for name in self.columns]
        return Table(columns, rows, title=encodable(self.title, out), right=self.right, named=self.named)

    def _narrow(self) -> str:
        """A line for each row, without alignment."""

        def cell(name: str, text: str) -> str:
            return f"{name}: {text}" if self.named and name else text

        lines = []
        for row in self.rows:
            shown = [cell(name, text) for name, text in zip(self.columns[1:], row[1:], strict=True) if text]
            lines.append("  ".join([row[0] or " ", *shown]))
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
            side = [
                " style='text-align:right'" if k in self.right else " style='text-align:left'" for k in range(len(cells))
            ]
            return "<tr>" + "".join(f"<{tag}{side[k]}>{html.escape(c)}</{tag}>" for k, c in enumerate(cells)) + "</tr>"

        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        body = "".join(row(cells, "td") for cells in self.rows)
        return f"<table>{caption}<thead>{row(self.columns, 'th')}</thead><tbody>{body}</tbody></table>"


__all__ = ["Table"]
