"""The bytes of a file as text: its encoding, its separator, and where in the table a byte or a character stands.

Excel writes UTF-16 or the code page of its country, pandas UTF-8, and a byte order mark may or may not be there; a wrong
guess would be read as other letters without a word.  So nothing is guessed that the file does not say: it is UTF-8, or
what its mark says, or what the caller says.
"""

import csv
import io
import re
from contextlib import suppress
from pathlib import Path

from autograd_lite.data.errors import DataError
from autograd_lite.files import read_whole
from autograd_lite.terminal import said

_SEPARATORS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def read_text(path: str | Path, encoding: str | None = None) -> str:
    """The text of a file.

    Parameters
    ----------
    path : str or Path
    encoding : str, optional
        UTF-8, or what a byte order mark says, if left out.

    Raises
    ------
    DataError
        If the file cannot be read, is not text in this encoding, or is empty.
    """
    source = str(path)
    text = _decode(_read(Path(path), source), encoding, source)
    if not text or text.isspace():
        raise DataError("the file is empty; it needs a header line with column names, then rows", source=source)
    return text


def separator(text: str) -> str:
    r"""The separator that the first line with something on it uses most, outside of quotes.

    >>> separator('"a,b";c\n1;2')
    ';'
    """
    first = re.search(r"[^\r\n]*[^\s][^\r\n]*", text)
    unquoted = "".join(first[0].split('"')[::2]) if first else ""
    return max(_SEPARATORS, key=lambda candidate: (unquoted.count(candidate), -_SEPARATORS.index(candidate)))


def place_after(text: str) -> tuple[int, str | None]:
    r"""The line on which a beginning of a file ends, and the column if it is past the header.

    >>> place_after("kg,cm\n4,33\n5,3")
    (3, 'cm')
    """
    line = len(re.findall(r"\r\n|\r|\n", text)) + 1
    if not text or text[-1] in "\r\n":
        text += "?"  # the place is at the beginning of the next row
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)) if row]
    except csv.Error:
        return line, None
    header, row = rows[0], rows[-1]
    known = len(rows) > 1 and len(row) <= len(header)
    return line, header[len(row) - 1].strip() if known else None


def _read(path: Path, source: str) -> bytes:
    try:
        return read_whole(path)
    except FileNotFoundError:
        raise DataError("there is no such file", source=source) from None
    except IsADirectoryError:
        raise DataError("this is a folder; give the CSV file itself", source=source) from None
    except OSError as error:
        raise DataError(f"the file cannot be read ({said(error)})", source=source) from None
    except ValueError as error:
        raise DataError(f"this is not the name of a file ({error})", source=repr(source)) from None


def _decode(content: bytes, encoding: str | None, source: str) -> str:
    guessed = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    chosen = encoding or guessed
    if chosen.lower().replace("_", "-") in ("utf-8", "utf8") and guessed == "utf-8-sig":
        chosen = guessed
    try:
        text = content.decode(chosen)
    except LookupError:
        raise DataError(f"no encoding is called {encoding!r}; common ones are utf-8, cp1252, cp949, shift_jis") from None
    except UnicodeError as error:
        raise _undecodable(content, chosen, error, source) from None
    if "\0" in text:
        line, column = place_after(text[: text.index("\0")])
        problem = "there is a NUL character: this is a binary file, or UTF-16 text"
        raise DataError(problem, source=source, line=line, column=column)
    return text


def _undecodable(content: bytes, encoding: str, error: UnicodeError, source: str) -> DataError:
    byte, line, column = "", 1, None
    if isinstance(error, UnicodeDecodeError) and error.start < len(content):
        byte = f", byte 0x{content[error.start]:02x}"
        with suppress(UnicodeError):  # idna cannot leave out what it does not know
            line, column = place_after(content[: error.start].decode(encoding, "replace").replace("\0", ""))
    return DataError(
        f"this is not {encoding} text{byte}; name the encoding it was saved in, e.g. cp1252 (western Windows), "
        "cp949 (Korean), utf-16 (Excel's 'Unicode text'), or save it as UTF-8",
        source=source,
        line=line,
        column=column,
    )
