"""Reading and writing files, whole or not at all: for models, tables, checkpoints, drawings, pages and reports alike."""

import contextlib
import errno
import os
import secrets
import stat
import zlib
from pathlib import Path

#: How the name of a file ends while it is being written.
_SUFFIX = ".tmp"


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to a new file beside `path` and put it in the place of `path` in one move.

    Whoever reads `path`, or the machine that loses its power, finds the old content or the new, never a part.  A link is
    followed, and stays a link.  A pipe or a device is written to, not replaced.

    Parameters
    ----------
    path : path
    content : bytes

    Raises
    ------
    OSError
        As `open` does; nothing is left behind.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        Path(path).write_bytes(content)
        return
    target = place_of(path)
    mode = target.stat().st_mode & 0o777 if target.exists() else None
    name = target.with_name(f"{_beside(target)}{secrets.token_hex(8)}{_SUFFIX}")
    # A new file is for whom the system says (its umask); one in the place of another is nobody's but that one's readers'.
    kept = 0o666 if mode is None else mode
    try:
        with open(name, "xb", opener=lambda path, flags: os.open(path, flags, kept | stat.S_IWUSR)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(name, mode)
        os.replace(name, target)
    except OSError as error:  # about the file that was asked for, whichever could not be written
        error.filename, error.filename2 = os.fspath(path), None
        raise
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)  # it has gone where all went well


def place_of(path: str | os.PathLike[str]) -> Path:
    """Where a file is that is written as `path`: the end of the links.

    Raises
    ------
    OSError
        If the links lead in a circle.
    """
    end = os.path.realpath(path)
    if os.path.islink(end):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
    return Path(end)


def read_whole(path: str | os.PathLike[str]) -> bytes:
    """The content of a file or a pipe.

    Raises
    ------
    OSError
        As `open` does; for a device, which may have no end; and for what does not fit into memory.

    Examples
    --------
    >>> read_whole(os.devnull)
    b''
    """
    with open(path, "rb") as file:
        about = os.fstat(file.fileno())
        device = stat.S_ISCHR(about.st_mode) or stat.S_ISBLK(about.st_mode)
        if device and not file.isatty() and not os.path.samestat(about, os.stat(os.devnull)):
            raise OSError(errno.EINVAL, "it is a device and has no end; give a file", os.fspath(path))
        try:
            return file.read()
        except MemoryError:
            raise OSError(errno.ENOMEM, "it does not fit into memory", os.fspath(path)) from None


def discard_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove what a writer of `path` left beside it when it was killed: for whoever goes on in its place."""
    path = place_of(path)
    for one in path.parent.iterdir():
        if one.name.startswith(_beside(path)) and one.name.endswith(_SUFFIX):
            with contextlib.suppress(OSError):
                one.unlink()


def _beside(path: Path) -> str:
    # With a name of 255 bytes, the most there are, nothing could be put beside it.
    name = os.fsencode(path.name)
    return f".{path.name if len(name) <= 100 else f'{path.name[:20]}-{zlib.crc32(name):08x}'}."


def write_result(path: str | os.PathLike[str], content: str | bytes, example: str) -> Path:
    """Write what a function was asked to put at `path`, as `write_atomically`; what is wrong with the path is said in a sentence.

    Parameters
    ----------
    path : path
    content : str or bytes
        A text is written in UTF-8.
    example : str
        The name of such a file, for the messages: `graph.svg`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If the path is empty.
    OSError
        If it is a folder, is in none, or nothing can be written there.
    """
    if not str(path):
        raise ValueError(f"the name of the file is empty; give a path such as {example!r}")
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(
            f"{str(target)!r} is a folder; give the name of a file in it, such as {str(target / example)!r}"
        )
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to write {target.name!r} into; make it first")
    try:
        write_atomically(target, content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
    except PermissionError:
        raise PermissionError(
            f"no permission to write into the folder {str(target.parent)!r}; choose another place for {target.name!r}"
        ) from None
    return target
