"""What the other side can show: a terminal or a pipe, how wide, in what encoding, with colours or without."""

import os
import re
import shutil
import unicodedata
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
    columns = columns_of(stream)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return columns is not None and columns >= NARROW and encoding.lower().startswith("utf")


def encodable(text: str, stream: IO[str]) -> str:
    """`text` with what the stream's encoding lacks as escapes.

    >>> import io
    >>> encodable("손실 = 1.0", io.TextIOWrapper(io.BytesIO(), encoding="cp437"))
    '\\\\uc190\\\\uc2e4 = 1.0'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:  # an encoding that Python does not know
        return text.encode("ascii", "backslashreplace").decode("ascii")
    return text


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


def write(stream: IO[str], text: str) -> None:
    """Write text; what the stream's encoding lacks becomes an escape."""
    stream.write(encodable(text, stream))


__all__ = ["NARROW", "columns_of", "encodable", "fit", "is_terminal", "takes_rich", "width_of", "write"]
