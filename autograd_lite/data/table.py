"""A CSV file as a table of texts, read strictly: every line as wide as the header, every column with a name of its own.

What a cell means is decided by `cells.py`, what its bytes mean by `decoding.py`; here are lines, quotes and the header.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autograd_lite.data.decoding import read_text, separator
from autograd_lite.data.errors import DataError, did_you_mean, listed
from autograd_lite.data.numerals import Mark, is_number


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
    delimiter : str, default ","
        What stood between the cells.
    decimal : {".", ","}, optional
        The decimal mark of its numbers; None: not known yet, it shows when columns are read.
    """

    source: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]
    delimiter: str = ","
    decimal: Mark | None = None

    def index(self, name: str, role: str = "column") -> int:
        """The place of the column called `name`; `role` says in the error what it was wanted for."""
        if name in self.header:
            return self.header.index(name)
        hint = did_you_mean(name, self.header)
        if any(map(is_number, self.header)):
            hint += " The first line holds numbers: does the file lack a line of names?"
        raise DataError(
            f"there is no {role} {name!r}.{hint} The columns are {listed(self.header)}.",
            source=self.source,
        )


def read_table(
    path: str | Path, *, encoding: str | None = None, delimiter: str | None = None, decimal: Mark | None = None
) -> Table:
    """Read a CSV file with a header.

    Parameters
    ----------
    path : str or Path
    encoding : str, optional
        UTF-8, or what a byte order mark says, if left out.
    delimiter : str, optional
        One character; if left out, whichever of `, ; tab |` the header uses most.
    decimal : {".", ","}, optional
        The decimal mark of the numbers; if left out, what the columns that are read say: a comma where some number has one
        that cannot stand between thousands, and none has a point.

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
    if decimal not in (None, ".", ","):
        raise DataError(f"the decimal mark is '.' or ',', not {decimal!r}")
    text = read_text(path, encoding)
    delimiter = delimiter or separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    before = 0  # the last line of the row before
    try:
        for cells in reader:
            row = tuple(map(str.strip, cells))
            line, before = before + 1, reader.line_num
            if not row or (len(row) == 1 and not row[0]):
                continue
            if not header:
                header = row
                _check_header(header, line, source)
            elif len(row) != len(header):
                raise _ragged(row, header, source, line)
            else:
                rows.append(row)
                lines.append(line)
    except csv.Error as error:
        raise _broken(str(error), text, reader, header, source, before + 1) from None
    if not rows:
        raise DataError("there is a header but no row under it", source=source)
    return Table(source, header, rows, lines, delimiter, decimal)


def _check_header(header: tuple[str, ...], line: int, source: str) -> None:
    if all(map(is_number, header)):
        raise DataError(
            f"the first line must hold the names of the columns, but it holds numbers ({listed(header)}); "
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


def _ragged(row: tuple[str, ...], header: tuple[str, ...], source: str, line: int) -> DataError:
    message = f"{len(row)} {'cell' if len(row) == 1 else 'cells'}, but the header names {len(header)} columns"
    if len(row) > len(header):
        return DataError(f"{message}; put quotes around a cell that contains the separator", source=source, line=line)
    return DataError(f"{message}; this is the first that is missing", source=source, line=line, column=header[len(row)])


def _broken(problem: str, text: str, reader: object, header: tuple[str, ...], source: str, line: int) -> DataError:
    """The error for what the csv module refused in the row that starts at `line`, in words."""
    column = None
    if "unexpected end" in problem:
        message = "a quote is opened here and never closed"
        # Read again without insisting: the last cell is the one that swallowed the rest.
        dialect = getattr(reader, "dialect")  # noqa: B009
        rest = "".join(io.StringIO(text, newline="").readlines()[line - 1 :])
        cells = next(csv.reader(io.StringIO(rest, newline=""), delimiter=dialect.delimiter), [])
        column = header[len(cells) - 1] if 0 < len(cells) <= len(header) else None
    elif "field limit" in problem:
        message = f"a cell is longer than {csv.field_size_limit():,} characters; is a quote before it never closed?"
    elif "expected after" in problem:
        message = 'text follows a closing quote; inside a quoted cell a quote is written twice ("")'
    else:
        message = f"not readable as CSV ({problem})"
    return DataError(message, source=source, line=line, column=column)
