"""Writing files: whole or not at all, and found out beforehand where it cannot be done."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograd_lite.cli.errors import CommandError
from autograd_lite.files import write_atomically


def write_whole(path: str | Path, text: str) -> None:
    """Write a text so that there is never half of it.

    Raises
    ------
    CommandError
        If it cannot be written; what was there before is still there then.
    """
    with writing(path):
        write_atomically(path, text.encode("utf-8", "surrogateescape"))


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """What the operating system has against writing `path`, as one sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None


def check_writable(path: str | Path) -> None:
    """Find out before the work, not after it, that a file cannot be written.

    Raises
    ------
    CommandError
        If `path` is a folder, or no file can be made in its own folder.
    """
    path = Path(path)
    if path.is_dir():
        raise CommandError(f"{path} cannot be written: it is a folder")
    if not path.parent.is_dir():
        raise CommandError(f"{path} cannot be written: there is no folder {path.parent}")
    with writing(path), tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}."):
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
