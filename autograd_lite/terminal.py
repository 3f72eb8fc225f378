"""Text for whatever is on the other side: a terminal or a pipe, how wide, in what encoding, with colours or without.

Whatever prints a table does it with `Table`, or with `aligned` where it has no headings: `rich` draws it where that is
installed and the terminal takes it; where colour and lines are not wanted (NO_COLOR, TERM=dumb, a pipe, a narrow window, an
encoding without line-drawing characters) it is plain text.  What an encoding lacks is replaced, never an exception, and what
a name holds (of a class, a column, a file) is seen and never obeyed: everything that is written passes `printable`.
"""

import html
import json
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import IO, Any, Self

#: Below so many columns rich does not draw, and the prompt says less.
NARROW = 60
#: Characters of a bar of progress where there is room.
_BAR = 24
#: What stands for characters that an old encoding may lack.
_PLAIN = str.maketrans({"█": "#", "░": ".", "→": "->", "·": "*", "×": "x", "–": "-", "…": "...", "²": "^2"})
#: What a terminal obeys (controls, other ends of lines), what turns a line around, what is not seen, what UTF-8 has no place for.
_HIDDEN = (
    "\0-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PICTURES = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
#: Where ordinary text has some of these: emoji of several signs, their colours and flags, joined letters of India and Persia.
_ORDINARY = (
    f"(?<=[{_PICTURES}\ufe0f])\u200d(?=[{_PICTURES}])|(?<=[\xa9\xae\u203c-\u3299\u3400-\u9fff{_PICTURES}])[\ufe00-\ufe0f]"
    "|[#*0-9]\ufe0f(?=\u20e3)|(?<=\U0001f3f4)[\U000e0061-\U000e007a]{2,6}\U000e007f"
    "|(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
    "|(?<=[\u0620-\u06d3\u0750-\u077f])\u200c(?=[\u0620-\u06d3\u0750-\u077f])"
    "|(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca])[\u200c\u200d]"
)
_UNSEEN = re.compile(f"{_ORDINARY}|([{_HIDDEN}])")
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
    return sum(map(_columns, text))


def _columns(letter: str) -> int:
    if unicodedata.east_asian_width(letter) in "WF":
        return 2
    # Accents, joiners, and the vowels of Korean syllables that are written in parts take none.
    return 0 if "\u1160" <= letter <= "\u11ff" or unicodedata.category(letter) in ("Mn", "Me", "Cf") else 1


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person is looking; a stream that was closed before Python started is None."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def columns_of(stream: IO[str] | None) -> int | None:
    """How wide the terminal is; None for a pipe or a file, which takes lines of any length."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


def takes_colour(stream: IO[str] | None) -> bool:
    """Whether colours and weights are welcome: a terminal, and neither NO_COLOR nor TERM=dumb says otherwise."""
    kind = os.environ.get("TERM") or ("" if os.name == "nt" else "dumb")
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and kind != "dumb"


def takes_rich(stream: IO[str] | None) -> bool:
    """Whether lines are welcome as well: a wide terminal that takes colours and writes Unicode."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return takes_colour(stream) and (columns_of(stream) or 0) >= NARROW and encoding.lower().startswith("utf")


def encodable(text: str, stream: IO[str] | None) -> str:
    """`text` with what the stream's encoding lacks as plain characters, or as escapes.

    >>> import io
    >>> encodable("█ → 손실", io.TextIOWrapper(io.BytesIO(), encoding="cp437"))
    '# -> \\\\uc190\\\\uc2e4'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        pass
    except LookupError:  # an encoding that Python does not know
        encoding = "ascii"
    return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)


def printable(
    text: str, keep: str = "", escape: Callable[[str], str] = lambda c: c.encode("unicode_escape").decode()
) -> str:
    """`text` as a reader can see all of it, in one line: what a terminal would obey, and what is not seen, as escapes.

    Escape sequences, ends of lines, marks that turn the direction of writing, letters of no width and halves of surrogate pairs
    are written out; letters of all scripts, accents and emoji stay.

    Parameters
    ----------
    text : str
    keep : str, optional
        Characters to leave: `"\\n"` for a text of several lines.
    escape : callable, optional
        What is written for such a character, in the place of Python's escape.

    Examples
    --------
    >>> print(printable("cat\\x1b[2J\\n"), printable("손실 café 👩‍🔬"))
    cat\\x1b[2J\\n 손실 café 👩‍🔬
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: found[0] if found[1] is None or found[1] in keep else escape(found[1]), text)


def clean(label: str) -> str:
    """A label as one line of printable text.

    >>> clean("two\\nlines \\x1b[31m")
    'two lines \\\\x1b[31m'
    """
    return printable(" ".join(label.split()))


def json_text(thing: Any, **options: Any) -> str:
    """Plain data as JSON, with letters as they are, and what `printable` writes out as escapes of JSON: `options` are `json.dumps`'s.

    >>> print(json_text({"손실": "a\\x9b\\u202e"}))
    {"손실": "a\\u009b\\u202e"}
    """
    return printable(json.dumps(thing, ensure_ascii=False, **options), "\n", lambda c: json.dumps(c)[1:-1])


def said(error: BaseException) -> str:
    """What an error says, or what it is where it says nothing.

    >>> said(ValueError("no")), said(AssertionError()), said(KeyError("x")), said(OSError(28, "No space left on device"))
    ('no', 'AssertionError', "KeyError: 'x'", 'No space left on device')
    """
    if isinstance(error, MemoryError) and not str(error):
        return "there is not enough memory for this"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, LookupError) and type(error) is not LookupError and error.args:
        text = error.args[0] if " " in str(error.args[0]) else f"{type(error).__name__}: {error}"
    return str(text).strip() or type(error).__name__


def write(stream: IO[str] | None, text: str) -> None:
    """Write `text` at once, in characters that the stream has and nothing that a terminal would obey but the ends of its lines."""
    emit(stream, printable(text, "\n"))


def emit(stream: IO[str] | None, text: str) -> None:
    """Write `text` as it is, but in characters that the stream has; nowhere, if it was closed before Python started."""
    if stream is not None:
        stream.write(encodable(text, stream))
        stream.flush()


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
    if width_of(line) <= columns:
        return [line]
    found = _MARGIN.match(line)
    margin = found.group() if found else ""
    entry = _ENTRY.match(line)
    hanging = " " * entry.end() if entry and entry.end() <= columns // 3 else "    "
    if margin:
        hanging = re.sub(r"[+`]-- $", lambda branch: "|   " if branch.group()[0] == "+" else "    ", margin) + "    "
    if len(hanging) > columns // 2:
        hanging = "    "
    lines, rest, start = [], line, len(margin)
    while width_of(rest) > columns:
        reach = _reach(rest, columns)
        at = _seam(rest, start, reach)
        lines.append(rest[:at].rstrip())
        rest, start = hanging + rest[at:].lstrip(), len(hanging)
    return [*lines, rest] if rest.strip() else lines


def _seam(text: str, start: int, reach: int) -> int:
    """Where to break `text` so that its beginning takes `reach` characters at most."""
    for rank, seam in enumerate(_SEAMS):
        found = [m.start() for m in seam.finditer(text) if start < m.start() <= reach]
        # Not so early that the line is nearly empty, if another place will do.
        far = [at for at in found if at >= reach // 2 or rank == len(_SEAMS) - 1]
        if far:
            return far[0] if rank == 1 else far[-1]
    return reach


def _reach(text: str, columns: int) -> int:
    """How many characters fit."""
    if text.isascii():
        return columns
    width = 0
    for k, c in enumerate(text):
        width += width_of(c)
        if width > columns:
            return k
    return len(text)


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """A line for each row, its texts below those of the row before.

    Parameters
    ----------
    rows : sequence of sequence of str
        As many texts in each.
    right : collection of int, optional
        The columns to align to the right.

    Examples
    --------
    >>> aligned([["w", "5.0"], ["손실", "-12.0"]], right={1})
    ['w       5.0', '손실  -12.0']
    """
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]

    def cell(text: str, k: int) -> str:
        space = " " * (widths[k] - width_of(text))
        return space + text if k in right else text + space

    return ["  ".join(cell(text, k) for k, text in enumerate(row)).rstrip() for row in rows]


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
    ruled : bool, default True
        Whether a line stands below the headings in plain text.

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
        ruled: bool = True,
    ) -> None:
        kept = [k for k in range(len(columns)) if not drop_empty or not rows or any(row[k] for row in rows)]
        self.columns = [printable(columns[k]) for k in kept]
        self.rows = [[printable(row[k]) for k in kept] for row in rows]
        self.title, self.named, self.ruled = printable(title, "\n"), named, ruled
        self.right = {place for place, k in enumerate(kept) if k in right}

    def __str__(self) -> str:
        lines = aligned([self.columns, *self.rows], self.right)
        if self.ruled:
            widths = [max(width_of(row[k]) for row in [self.columns, *self.rows]) for k in range(len(self.columns))]
            lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, *lines] if self.title else lines)

    __repr__ = __str__

    def show(self, stream: IO[str] | None = None) -> None:
        """Write the table to a stream, `sys.stdout` if left out, in the best form that it takes."""
        out = sys.stdout if stream is None else stream
        table = self._written_for(out)
        columns = columns_of(out)
        fits = columns is None or max(map(width_of, str(table).splitlines()), default=0) <= columns
        if not (fits and takes_rich(out) and table._rich(out)):
            write(out, (str(table) if fits else fit(table._narrow(), columns)) + "\n")

    def _written_for(self, out: IO[str]) -> "Table":
        """The table with what the stream's encoding lacks as escapes, which are wider than what they stand for."""
        rows = [[encodable(text, out) for text in row] for row in self.rows]
        columns = [encodable(name, out) for name in self.columns]
        title = encodable(self.title, out)
        return Table(columns, rows, title=title, right=self.right, named=self.named, ruled=self.ruled)

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
            side = ["right" if k in self.right else "left" for k in range(len(cells))]
            return (
                "<tr>"
                + "".join(f"<{tag} style='text-align:{side[k]}'>{html.escape(c)}</{tag}>" for k, c in enumerate(cells))
                + "</tr>"
            )

        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        body = "".join(row(cells, "td") for cells in self.rows)
        return f"<table>{caption}<thead>{row(self.columns, 'th')}</thead><tbody>{body}</tbody></table>"


class ProgressLine:
    """A bar that overwrites itself on a terminal, until the `with` block ends; elsewhere a line at each tenth of the way.

    Parameters
    ----------
    total : int
        The number of epochs, or of what `unit` says.
    unit : str
    stream : text stream or None
        None keeps quiet.

    Examples
    --------
    >>> import sys
    >>> with ProgressLine(20, "epoch", sys.stdout) as line:
    ...     for done in (1, 2, 3):
    ...         line.show(done, loss=0.25, accuracy=0.5)
    epoch 2/20  loss 0.25  accuracy 50.0%
    """

    def __init__(self, total: int, unit: str, stream: IO[str] | None) -> None:
        self.total, self.unit, self.stream = max(total, 1), printable(unit), stream
        self._live = is_terminal(stream) and os.environ.get("TERM") != "dumb"
        self._start = time.monotonic()
        self._drawn = 0.0
        self._tenths = 0
        self._open = False

    def show(self, done: int, **numbers: float) -> None:
        """Tell that so much is done, with `loss`, `accuracy` and what else there is."""
        now, tenths = time.monotonic(), done * 10 // self.total
        told = printable("  ".join([f"{done}/{self.total}", *map(measure, numbers, numbers.values())]))
        if not self._live:
            if done >= self.total or tenths > self._tenths:
                self._tenths = tenths
                write(self.stream, f"{self.unit} {told}\n")
        elif now - self._drawn >= 0.05 or done >= self.total:
            self._drawn, seconds = now, now - self._start
            left = seconds / done * (self.total - done) if done else 0.0
            words = f"{told}  {done / seconds if seconds else 0.0:.1f}/s  {duration(left)} left"
            bar = behind_bar(words, done / self.total, (columns_of(self.stream) or 80) - 1)
            emit(self.stream, f"\r{bar}\033[K")
            self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:  # end the line of the bar
            write(self.stream, "\n")
            self._open = False


def measure(name: str, value: float) -> str:
    """A number with its name: an accuracy in percent, anything else in four digits.

    >>> measure("loss", 0.123456), measure("validation accuracy", 0.5)
    ('loss 0.1235', 'validation accuracy 50.0%')
    """
    return f"{name} {value:.1%}" if "accuracy" in name else f"{name} {value:.4g}"


def behind_bar(words: str, part: float, columns: int | None = None) -> str:
    """`words` behind a bar; with `columns`, no longer than that: the bar gives way first, then what stands last.

    >>> behind_bar("1/4", 0.25), behind_bar("4/4", 1.0, columns=10), behind_bar("4/4", 1.0, columns=2)
    ('[======>                 ] 1/4', '[====] 4/4', '4/')
    """
    size = _BAR if columns is None else min(_BAR, columns - len(words) - len("[] "))
    if size < 1:
        return words[:columns]
    full = min(size, int(size * part))
    bar = ("=" * full + ">" if full < size else "=" * size).ljust(size)
    return f"[{bar}] {words}"


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(4.2), duration(125), duration(7300)
    ('4 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
