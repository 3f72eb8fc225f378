"""A CSV file as a table of texts, read strictly: every line as wide as the header, every column with a name of its own.

What a cell means is decided by `csv_file.py`; here are the troubles of the format: encodings, separators, quotes.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autograd_lite.data.errors import DataError, did_you_mean

_SEPARATORS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file.

    Parameters
    ----------
    source : str
        The file, for messages.
    header : tuple of str
        The names of the columns: distinct, none empty.
    rows : list of tuple of str
        The cells, without the spaces around them.
    lines : list of int
        The line of the file on which each row starts, from 1.
    """

    source: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]

    def index(self, name: str, role: str = "column") -> int:
        """The place of the column called `name`; `role` says in the error what it was wanted for."""
        if name in self.header:
            return self.header.index(name)
        raise DataError(
            f"there is no {role} {name!r}.{did_you_mean(name, self.header)} The columns are {_listed(self.header)}.",
            source=self.source,
        )


def read_table(path: str | Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Read a CSV file with a header.

    Parameters
    ----------
    path : str or Path
    encoding : str, optional
        UTF-8, or what a byte order mark says, if left out.
    delimiter : str, optional
        One character; if left out, whichever of `, ; tab |` the header uses most.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If the file is missing, empty, not text, has no header, or a line is ragged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cats.csv"
    >>> _ = path.write_text("name,kg\\nTom,4.5\\n")
    >>> read_table(path).rows
    [('Tom', '4.5')]
    """
    source = str(path)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\r\n\"'"):
        raise DataError(f"the delimiter is one character such as ',' or ';', not {delimiter!r}")
    text = _decode(_read(Path(path), source), encoding, source)
    if not text.strip():
        raise DataError("the file is empty; it needs a header line with column names, then rows", source=source)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _separator(text), strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            row = tuple(cell.strip() for cell in cells)
            if not cells or (len(cells) == 1 and not row[0]):
                continue
            if not header:
                header = row
                _check_header(header, line, source)
                continue
            if len(row) != len(header):
                raise DataError(_ragged(row, header), source=source, line=line)
            rows.append(row)
            lines.append(line)
    except csv.Error as error:
        raise DataError(f"not readable as CSV ({error})", source=source, line=before + 1) from None
    if not rows:
        raise DataError("there is a header but no row under it", source=source)
    return Table(source, header, rows, lines)


def _read(path: Path, source: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError("there is no such file", source=source) from None
    except IsADirectoryError:
        raise DataError("this is a folder; give the CSV file itself", source=source) from None
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror or error})", source=source) from None
    except ValueError as error:
        raise DataError(f"this is not the name of a file ({error})", source=source) from None


def _decode(content: bytes, encoding: str | None, source: str) -> str:
    guessed = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    chosen = encoding or guessed
    if chosen.lower().replace("_", "-") in ("utf-8", "utf8") and guessed == "utf-8-sig":
        chosen = guessed
    try:
        text = content.decode(chosen)
    except LookupError:
        raise DataError(f"no encoding is called {encoding!r}; common ones are utf-8, cp1252, cp949, shift_jis") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f", byte 0x{content[error.start]:02x}" if error.start < len(content) else ""
        raise DataError(
            f"this is not {chosen} text{byte}; name the encoding it was saved in, e.g. cp1252 (western Windows), "
            "cp949 (Korean), utf-16 (Excel's 'Unicode text'), or save it as UTF-8",
            source=source,
            line=line,
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError("there is a NUL character: this is a binary file, or UTF-16 text", source=source, line=line)
    return text


def _separator(text: str) -> str:
    """The separator that the first line with something on it uses most, outside of quotes."""
    first = next(line for line in text.splitlines() if line.strip())
    unquoted = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=lambda separator: (unquoted.count(separator), -_SEPARATORS.index(separator)))


def _check_header(header: tuple[str, ...], line: int, source: str) -> None:
    if all(_is_number(name) for name in header):
        raise DataError(
            f"the first line must hold the names of the columns, but it holds numbers ({_listed(header)}); "
            "add a line of names above it",
            source=source,
            line=line,
        )
    if "" in header:
        place = header.index("") + 1
        hint = "; if it is an index that pandas wrote, save with to_csv(..., index=False)" if place == 1 else ""
        raise DataError(f"column {place} of the header has no name{hint}", source=source, line=line)
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise DataError("two columns have this name; give each its own", source=source, line=line, column=twice[0])


def _ragged(row: tuple[str, ...], header: tuple[str, ...]) -> str:
    message = f"{len(row)} {'cell' if len(row) == 1 else 'cells'}, but the header names {len(header)} columns"
    if len(row) < len(header):
        return f"{message}; the first missing one is {header[len(row)]!r}"
    return f"{message}; put quotes around a cell that contains the separator"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(name if len(name) <= 40 else name[:37] + "..." for name in names[:12])
    return shown + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
