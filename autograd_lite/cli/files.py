"""Writing files: whole or not at all, and found out beforehand where it cannot be done."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.terminal import Terminal
from autograd_lite.files import place_of, write_atomically
from autograd_lite.terminal import is_terminal, printable, said


def csv_text(rows: Iterable[Iterable[Any]], delimiter: str = ",") -> str:
    """A CSV table as a text.

    >>> csv_text([["a", "b"], [1, "x y"], [2, "x,y"]])
    'a,b\\n1,x y\\n2,"x,y"\\n'
    """
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_whole(path: str | Path, text: str) -> None:
    """Write a text so that there is never half of it.

    Raises
    ------
    CommandError
        If it cannot be written; what was there before is still there then.
    """
    with writing(path):
        write_atomically(path, text.encode("utf-8", "backslashreplace"))


def deliver(rows: list[list[Any]], output: str | None, about: str, terminal: Terminal, delimiter: str = ",") -> None:
    """Write a table, its names in the first row, to a file, and a note about it; or to standard output, which is None or "-"."""
    if output in (None, "-"):
        if is_terminal(terminal.out):  # rows stay lines there
            rows = [[printable(str(cell)) for cell in row] for row in rows]
        terminal.document(csv_text(rows, delimiter))
        return
    write_whole(str(output), csv_text(rows, delimiter))
    terminal.note(f"{output}: {about}")


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """What the operating system has against writing `path`, as one sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {said(error)}") from None


@contextmanager
def reading(path: str | Path, hint: str = "") -> Iterator[None]:
    """What the operating system has against reading `path`, as one sentence; `hint` ends it where there is no such file."""
    try:
        yield
    except FileNotFoundError:
        raise CommandError(f"{path}: there is no such file{hint}") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {said(error)}") from None


def check_writable(path: str | Path) -> None:
    """Find out before the work, not after it, that a file cannot be written.

    Raises
    ------
    CommandError
        If `path` is a folder, or no file can be made in its own folder.
    """
    with writing(path):
        path = place_of(path)
    if path.is_dir():
        raise CommandError(f"{path} cannot be written: it is a folder")
    if not path.parent.is_dir():
        raise CommandError(f"{path} cannot be written: there is no folder {path.parent}")
    with writing(path), tempfile.NamedTemporaryFile(dir=path.parent):
        pass


def make_folder(path: str | Path) -> Path:
    """A folder that files can be written into, made if it is not there.

    Raises
    ------
    CommandError
        If it cannot be made, or nothing can be written into it.
    """
    folder = Path(path)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return folder
